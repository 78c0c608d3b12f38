CREATE TABLE "shift_patterns" (
	"id" text PRIMARY KEY NOT NULL,
	"staff_id" text,
	"group_id" text,
	"weekdays" integer[] NOT NULL,
	"starts" text NOT NULL,
	"ends" text NOT NULL,
	"timezone" text NOT NULL,
	"since" date NOT NULL,
	"until" date,
	"public_days" boolean DEFAULT true NOT NULL,
	"updated_by" text NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "shift_patterns_whose" CHECK (("shift_patterns"."staff_id" is null) <> ("shift_patterns"."group_id" is null))
);
--> statement-breakpoint
CREATE TABLE "fault_announcements" (
	"ticket" text PRIMARY KEY NOT NULL,
	"areas" text[] NOT NULL,
	"services" text[] NOT NULL,
	"cause_kind" text NOT NULL,
	"cause" text NOT NULL,
	"progress" text NOT NULL,
	"expected_at" timestamp (3) with time zone,
	"state" text DEFAULT 'open' NOT NULL,
	"published_by" text NOT NULL,
	"published_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"ended_at" timestamp (3) with time zone,
	"revision" integer DEFAULT 0 NOT NULL
);
--> statement-breakpoint
CREATE TABLE "fault_attachments" (
	"announcement" text NOT NULL,
	"ticket" text NOT NULL,
	"how" text NOT NULL,
	"at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "fault_attachments_announcement_ticket_pk" PRIMARY KEY("announcement","ticket")
);
--> statement-breakpoint
CREATE TABLE "fault_scopes" (
	"kind" text NOT NULL,
	"id" text NOT NULL,
	"name_zh" text NOT NULL,
	"name_en" text NOT NULL,
	"active" boolean DEFAULT true NOT NULL,
	CONSTRAINT "fault_scopes_kind_id_pk" PRIMARY KEY("kind","id")
);
--> statement-breakpoint
CREATE TABLE "fault_summaries" (
	"week" date PRIMARY KEY NOT NULL,
	"pack" jsonb NOT NULL,
	"made_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "after_sales_rules" (
	"id" text PRIMARY KEY NOT NULL,
	"category_id" text,
	"kind" text NOT NULL,
	"period_days" integer NOT NULL,
	"conditions" text[] NOT NULL,
	"materials" text[] DEFAULT '{}' NOT NULL,
	"approval_from_fen" integer DEFAULT 0 NOT NULL,
	"active" boolean DEFAULT true NOT NULL
);
--> statement-breakpoint
CREATE TABLE "customer_changes" (
	"ticket" text NOT NULL,
	"step_id" text NOT NULL,
	"customer_id" text NOT NULL,
	"before" jsonb NOT NULL,
	"after" jsonb NOT NULL,
	"approved_by" text NOT NULL,
	"at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "customer_changes_ticket_step_id_pk" PRIMARY KEY("ticket","step_id")
);
--> statement-breakpoint
CREATE TABLE "service_bookings" (
	"ticket" text PRIMARY KEY NOT NULL,
	"slot_id" text NOT NULL,
	"booked_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "service_kinds" (
	"id" text PRIMARY KEY NOT NULL,
	"name_zh" text NOT NULL,
	"name_en" text NOT NULL,
	"business" text NOT NULL,
	"form" json NOT NULL,
	"identity" text DEFAULT 'none' NOT NULL,
	"active" boolean DEFAULT true NOT NULL
);
--> statement-breakpoint
CREATE TABLE "service_slots" (
	"id" text PRIMARY KEY NOT NULL,
	"service_id" text NOT NULL,
	"starts_at" timestamp (3) with time zone NOT NULL,
	"ends_at" timestamp (3) with time zone NOT NULL,
	"capacity" integer NOT NULL,
	"open" boolean DEFAULT true NOT NULL
);
--> statement-breakpoint
CREATE TABLE "emergency_plans" (
	"id" text PRIMARY KEY NOT NULL,
	"name_zh" text NOT NULL,
	"name_en" text NOT NULL,
	"category" text NOT NULL,
	"tasks" jsonb NOT NULL,
	"chain" jsonb NOT NULL,
	"active" boolean DEFAULT true NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"updated_by" text NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "questionnaires" (
	"id" text NOT NULL,
	"version" integer NOT NULL,
	"name_zh" text NOT NULL,
	"name_en" text NOT NULL,
	"questions" jsonb NOT NULL,
	"updated_by" text NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "questionnaires_id_version_pk" PRIMARY KEY("id","version")
);
--> statement-breakpoint
CREATE TABLE "revisit_plans" (
	"id" text PRIMARY KEY NOT NULL,
	"name_zh" text NOT NULL,
	"name_en" text NOT NULL,
	"trigger" text NOT NULL,
	"classes" text[] DEFAULT '{}' NOT NULL,
	"processes" text[] DEFAULT '{}' NOT NULL,
	"offset_days" integer DEFAULT 0 NOT NULL,
	"repeat_days" integer,
	"channel" text DEFAULT 'phone' NOT NULL,
	"time_of_day" text,
	"questionnaire" text NOT NULL,
	"active" boolean DEFAULT true NOT NULL,
	"since" date DEFAULT current_date NOT NULL,
	"updated_by" text NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "revisit_plans_repeat" CHECK ("revisit_plans"."repeat_days" is null or "revisit_plans"."repeat_days" > 0)
);
--> statement-breakpoint
CREATE TABLE "revisits" (
	"key" text PRIMARY KEY NOT NULL,
	"plan" text NOT NULL,
	"customer_id" text NOT NULL,
	"origin" text,
	"due_on" date NOT NULL,
	"channel" text NOT NULL,
	"questionnaire" text NOT NULL,
	"questionnaire_version" integer NOT NULL,
	"ticket" text,
	"left_out" text,
	"made_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "revisits_made" CHECK (("revisits"."ticket" is null) <> ("revisits"."left_out" is null))
);
--> statement-breakpoint
CREATE TABLE "quality_checks" (
	"checked" text PRIMARY KEY NOT NULL,
	"ticket" text NOT NULL,
	"rule" text NOT NULL,
	"form" text NOT NULL,
	"form_version" integer NOT NULL,
	"agent" text NOT NULL,
	"group_id" text,
	"drawn_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "quality_forms" (
	"id" text NOT NULL,
	"version" integer NOT NULL,
	"name_zh" text NOT NULL,
	"name_en" text NOT NULL,
	"items" jsonb NOT NULL,
	"pass_percent" integer NOT NULL,
	"updated_by" text NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "quality_forms_id_version_pk" PRIMARY KEY("id","version")
);
--> statement-breakpoint
CREATE TABLE "quality_rules" (
	"id" text PRIMARY KEY NOT NULL,
	"name_zh" text NOT NULL,
	"name_en" text NOT NULL,
	"kind" text NOT NULL,
	"share_percent" integer NOT NULL,
	"processes" text[] DEFAULT '{}' NOT NULL,
	"new_staff_days" integer DEFAULT 90 NOT NULL,
	"form" text NOT NULL,
	"active" boolean DEFAULT true NOT NULL,
	"since" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_by" text NOT NULL,
	CONSTRAINT "quality_rules_share" CHECK ("quality_rules"."share_percent" between 1 and 100)
);
--> statement-breakpoint
ALTER TABLE "shift_patterns" ADD CONSTRAINT "shift_patterns_staff_id_staff_id_fk" FOREIGN KEY ("staff_id") REFERENCES "public"."staff"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "shift_patterns" ADD CONSTRAINT "shift_patterns_group_id_groups_id_fk" FOREIGN KEY ("group_id") REFERENCES "public"."groups"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "fault_announcements" ADD CONSTRAINT "fault_announcements_ticket_tickets_number_fk" FOREIGN KEY ("ticket") REFERENCES "public"."tickets"("number") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "fault_attachments" ADD CONSTRAINT "fault_attachments_announcement_fault_announcements_ticket_fk" FOREIGN KEY ("announcement") REFERENCES "public"."fault_announcements"("ticket") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "fault_attachments" ADD CONSTRAINT "fault_attachments_ticket_tickets_number_fk" FOREIGN KEY ("ticket") REFERENCES "public"."tickets"("number") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "customer_changes" ADD CONSTRAINT "customer_changes_ticket_tickets_number_fk" FOREIGN KEY ("ticket") REFERENCES "public"."tickets"("number") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "customer_changes" ADD CONSTRAINT "customer_changes_customer_id_customers_id_fk" FOREIGN KEY ("customer_id") REFERENCES "public"."customers"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "service_bookings" ADD CONSTRAINT "service_bookings_ticket_tickets_number_fk" FOREIGN KEY ("ticket") REFERENCES "public"."tickets"("number") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "service_bookings" ADD CONSTRAINT "service_bookings_slot_id_service_slots_id_fk" FOREIGN KEY ("slot_id") REFERENCES "public"."service_slots"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "service_slots" ADD CONSTRAINT "service_slots_service_id_service_kinds_id_fk" FOREIGN KEY ("service_id") REFERENCES "public"."service_kinds"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "emergency_plans" ADD CONSTRAINT "emergency_plans_category_categories_id_fk" FOREIGN KEY ("category") REFERENCES "public"."categories"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "revisits" ADD CONSTRAINT "revisits_customer_id_customers_id_fk" FOREIGN KEY ("customer_id") REFERENCES "public"."customers"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "revisits" ADD CONSTRAINT "revisits_origin_tickets_number_fk" FOREIGN KEY ("origin") REFERENCES "public"."tickets"("number") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "revisits" ADD CONSTRAINT "revisits_ticket_tickets_number_fk" FOREIGN KEY ("ticket") REFERENCES "public"."tickets"("number") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "quality_checks" ADD CONSTRAINT "quality_checks_checked_tickets_number_fk" FOREIGN KEY ("checked") REFERENCES "public"."tickets"("number") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "quality_checks" ADD CONSTRAINT "quality_checks_ticket_tickets_number_fk" FOREIGN KEY ("ticket") REFERENCES "public"."tickets"("number") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "shift_patterns_staff" ON "shift_patterns" USING btree ("staff_id");--> statement-breakpoint
CREATE INDEX "shift_patterns_group" ON "shift_patterns" USING btree ("group_id");--> statement-breakpoint
CREATE INDEX "fault_announcements_open" ON "fault_announcements" USING btree ("published_at") WHERE state = 'open';--> statement-breakpoint
CREATE INDEX "fault_announcements_published" ON "fault_announcements" USING btree ("published_at","ticket");--> statement-breakpoint
CREATE INDEX "fault_attachments_ticket" ON "fault_attachments" USING btree ("ticket","at");--> statement-breakpoint
CREATE INDEX "after_sales_rules_category" ON "after_sales_rules" USING btree ("category_id","kind");--> statement-breakpoint
CREATE INDEX "customer_changes_customer" ON "customer_changes" USING btree ("customer_id","at");--> statement-breakpoint
CREATE INDEX "service_bookings_slot" ON "service_bookings" USING btree ("slot_id");--> statement-breakpoint
CREATE UNIQUE INDEX "service_slots_once" ON "service_slots" USING btree ("service_id","starts_at");--> statement-breakpoint
CREATE INDEX "service_slots_starts" ON "service_slots" USING btree ("starts_at");--> statement-breakpoint
CREATE UNIQUE INDEX "emergency_plans_category" ON "emergency_plans" USING btree ("category") WHERE active;--> statement-breakpoint
CREATE INDEX "revisits_due" ON "revisits" USING btree ("due_on","plan");--> statement-breakpoint
CREATE INDEX "revisits_ticket" ON "revisits" USING btree ("ticket");--> statement-breakpoint
CREATE INDEX "quality_checks_drawn" ON "quality_checks" USING btree ("drawn_at");--> statement-breakpoint
CREATE INDEX "quality_checks_ticket" ON "quality_checks" USING btree ("ticket");--> statement-breakpoint
CREATE INDEX "tickets_alarmed" ON "tickets" USING gin ((snapshot->'facts'->'told')) WHERE process = 'emergency';--> statement-breakpoint
CREATE INDEX "tickets_of_revisits" ON "tickets" USING btree ("created_at") WHERE process = 'revisit';--> statement-breakpoint
CREATE INDEX "tickets_checked_agent" ON "tickets" USING btree ((snapshot->'facts'->>'checkedAgent')) WHERE process = 'quality-check';--> statement-breakpoint
CREATE INDEX "tickets_after_sales" ON "tickets" USING btree ("created_at") WHERE process = 'after-sales';--> statement-breakpoint
CREATE INDEX "timeline_withdrawn" ON "timeline" USING btree ("ticket") WHERE kind = 'breach-withdrawn';--> statement-breakpoint
CREATE INDEX "articles_helpful" ON "articles" USING btree ("helped" DESC NULLS FIRST,"id") WHERE search is not null;