CREATE TABLE "api_tokens" (
	"id" text PRIMARY KEY NOT NULL,
	"token_hash" text NOT NULL,
	"name" text NOT NULL,
	"department" text,
	"scopes" text[] NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"expires_at" timestamp (3) with time zone,
	"revoked_at" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "audit" (
	"id" integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "audit_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 2147483647 START WITH 1 CACHE 1),
	"at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"actor" text NOT NULL,
	"action" text NOT NULL,
	"object" text NOT NULL,
	"trace" text,
	"detail" jsonb
);
--> statement-breakpoint
CREATE TABLE "categories" (
	"id" text PRIMARY KEY NOT NULL,
	"parent_id" text,
	"process" text NOT NULL,
	"name_zh" text NOT NULL,
	"name_en" text NOT NULL,
	"group_id" text,
	"priority" text DEFAULT 'P2' NOT NULL,
	"usual_solution" text,
	"active" boolean DEFAULT true NOT NULL
);
--> statement-breakpoint
CREATE TABLE "customers" (
	"id" text PRIMARY KEY NOT NULL,
	"name" text,
	"title" text DEFAULT 'other' NOT NULL,
	"phone" text,
	"email" text,
	"class" text DEFAULT 'normal' NOT NULL,
	"anonymous" boolean DEFAULT false NOT NULL,
	"locale" text DEFAULT 'zh' NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "departments" (
	"id" text PRIMARY KEY NOT NULL,
	"name_zh" text NOT NULL,
	"name_en" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "group_members" (
	"group_id" text NOT NULL,
	"staff_id" text NOT NULL,
	CONSTRAINT "group_members_group_id_staff_id_pk" PRIMARY KEY("group_id","staff_id")
);
--> statement-breakpoint
CREATE TABLE "groups" (
	"id" text PRIMARY KEY NOT NULL,
	"name_zh" text NOT NULL,
	"name_en" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "login_failures" (
	"key" text NOT NULL,
	"at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "policies" (
	"id" text NOT NULL,
	"version" integer NOT NULL,
	"definition" jsonb NOT NULL,
	"status" text DEFAULT 'published' NOT NULL,
	"active" boolean DEFAULT false NOT NULL,
	"published_at" timestamp (3) with time zone,
	CONSTRAINT "policies_id_version_pk" PRIMARY KEY("id","version")
);
--> statement-breakpoint
CREATE TABLE "sessions" (
	"token_hash" text PRIMARY KEY NOT NULL,
	"staff_id" text NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"seen_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "staff" (
	"id" text PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"roles" text[] NOT NULL,
	"department" text,
	"phone" text,
	"email" text,
	"extension" text,
	"locale" text DEFAULT 'zh' NOT NULL,
	"on_duty" boolean DEFAULT false NOT NULL,
	"capacity" integer DEFAULT 5 NOT NULL,
	"active" boolean DEFAULT true NOT NULL,
	"password_hash" text,
	"password_initial" boolean DEFAULT true NOT NULL,
	"password_expires_at" timestamp (3) with time zone,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "customer_links" (
	"token_hash" text PRIMARY KEY NOT NULL,
	"ticket" text NOT NULL,
	"purpose" text NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "daily_reports" (
	"day" text NOT NULL,
	"process" text NOT NULL,
	"measure" text NOT NULL,
	"value" jsonb NOT NULL,
	"made_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "daily_reports_day_process_measure_pk" PRIMARY KEY("day","process","measure")
);
--> statement-breakpoint
CREATE TABLE "materials" (
	"id" text PRIMARY KEY NOT NULL,
	"ticket" text NOT NULL,
	"kind" text NOT NULL,
	"body" jsonb NOT NULL,
	"sha256" text NOT NULL,
	"created_by" text NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "serials" (
	"series" text PRIMARY KEY NOT NULL,
	"last" integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE "steps" (
	"id" text PRIMARY KEY NOT NULL,
	"seq" bigint GENERATED ALWAYS AS IDENTITY (sequence name "steps_seq_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"ticket" text NOT NULL,
	"step" text NOT NULL,
	"actor" jsonb NOT NULL,
	"actor_id" text NOT NULL,
	"origin" text NOT NULL,
	"command" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"material" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"body_hash" text,
	"seen_revision" integer,
	"state" text DEFAULT 'pending' NOT NULL,
	"attempts" integer DEFAULT 0 NOT NULL,
	"lease_owner" text,
	"lease_until" timestamp (3) with time zone,
	"next_attempt_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"taken_at" timestamp (3) with time zone NOT NULL,
	"sent_at" timestamp (3) with time zone,
	"settled_at" timestamp (3) with time zone,
	"revision" integer,
	"refusal" jsonb,
	"last_error" text,
	"trace" text
);
--> statement-breakpoint
CREATE TABLE "ticket_links" (
	"ticket" text NOT NULL,
	"other" text NOT NULL,
	"kind" text NOT NULL,
	"key" text,
	CONSTRAINT "ticket_links_ticket_other_kind_pk" PRIMARY KEY("ticket","other","kind")
);
--> statement-breakpoint
CREATE TABLE "tickets" (
	"number" text PRIMARY KEY NOT NULL,
	"process" text NOT NULL,
	"type" text NOT NULL,
	"category" text NOT NULL,
	"priority" text NOT NULL,
	"customer_id" text NOT NULL,
	"channel" text NOT NULL,
	"subject" text NOT NULL,
	"content" text NOT NULL,
	"form" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"created_by" text NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"policy_id" text NOT NULL,
	"policy_version" integer NOT NULL,
	"started_at" timestamp (3) with time zone,
	"revision" integer DEFAULT 0 NOT NULL,
	"status" text DEFAULT 'awaiting-assignment' NOT NULL,
	"stage" text DEFAULT 'dispatching' NOT NULL,
	"outcome" text,
	"group_id" text,
	"handler" text,
	"supporters" text[] DEFAULT '{}' NOT NULL,
	"departments" text[] DEFAULT '{}' NOT NULL,
	"overdue" boolean DEFAULT false NOT NULL,
	"nearly_overdue" boolean DEFAULT false NOT NULL,
	"breaches" integer DEFAULT 0 NOT NULL,
	"next_due_at" timestamp (3) with time zone,
	"closed_at" timestamp (3) with time zone,
	"archived" boolean DEFAULT false NOT NULL,
	"snapshot" jsonb,
	"search" text DEFAULT '' NOT NULL
);
--> statement-breakpoint
CREATE TABLE "timeline" (
	"ticket" text NOT NULL,
	"revision" integer NOT NULL,
	"idx" integer NOT NULL,
	"at" timestamp (3) with time zone NOT NULL,
	"kind" text NOT NULL,
	"actor" text,
	"step_id" text,
	"data" jsonb,
	CONSTRAINT "timeline_ticket_revision_idx_pk" PRIMARY KEY("ticket","revision","idx")
);
--> statement-breakpoint
CREATE TABLE "archives" (
	"ticket" text NOT NULL,
	"part" integer NOT NULL,
	"process" text NOT NULL,
	"sha256" text NOT NULL,
	"body" "bytea" NOT NULL,
	"retain_until" timestamp (3) with time zone NOT NULL,
	"legal_hold" boolean DEFAULT false NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "archives_ticket_part_pk" PRIMARY KEY("ticket","part")
);
--> statement-breakpoint
CREATE TABLE "assignment_queue" (
	"key" text PRIMARY KEY NOT NULL,
	"ticket" text NOT NULL,
	"slot" text NOT NULL,
	"n" integer NOT NULL,
	"group_id" text,
	"role" text,
	"request" jsonb NOT NULL,
	"priority" text NOT NULL,
	"since" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "claims" (
	"key" text PRIMARY KEY NOT NULL,
	"ticket" text NOT NULL,
	"slot" text NOT NULL,
	"n" integer NOT NULL,
	"staff_id" text NOT NULL,
	"group_id" text,
	"reason" text NOT NULL,
	"claimed_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"released_at" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "deliveries" (
	"key" text PRIMARY KEY NOT NULL,
	"ticket" text NOT NULL,
	"channel" text NOT NULL,
	"template" text NOT NULL,
	"data" jsonb NOT NULL,
	"recipient" text NOT NULL,
	"state" text DEFAULT 'pending' NOT NULL,
	"attempts" integer DEFAULT 0 NOT NULL,
	"last_error" text,
	"provider_id" text,
	"resend_at" timestamp (3) with time zone,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"sent_at" timestamp (3) with time zone,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "notifications" (
	"key" text PRIMARY KEY NOT NULL,
	"staff_id" text NOT NULL,
	"ticket" text NOT NULL,
	"template" text NOT NULL,
	"data" jsonb NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"read_at" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "purge_certificates" (
	"ticket" text NOT NULL,
	"part" integer NOT NULL,
	"sha256" text NOT NULL,
	"purged_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "wakeups" (
	"id" integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "wakeups_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 2147483647 START WITH 1 CACHE 1),
	"ticket" text NOT NULL,
	"signal" text NOT NULL,
	"payload" jsonb NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"lease_until" timestamp (3) with time zone,
	"sent_at" timestamp (3) with time zone
);
--> statement-breakpoint
ALTER TABLE "api_tokens" ADD CONSTRAINT "api_tokens_department_departments_id_fk" FOREIGN KEY ("department") REFERENCES "public"."departments"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "categories" ADD CONSTRAINT "categories_group_id_groups_id_fk" FOREIGN KEY ("group_id") REFERENCES "public"."groups"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "group_members" ADD CONSTRAINT "group_members_group_id_groups_id_fk" FOREIGN KEY ("group_id") REFERENCES "public"."groups"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "group_members" ADD CONSTRAINT "group_members_staff_id_staff_id_fk" FOREIGN KEY ("staff_id") REFERENCES "public"."staff"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "sessions" ADD CONSTRAINT "sessions_staff_id_staff_id_fk" FOREIGN KEY ("staff_id") REFERENCES "public"."staff"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "staff" ADD CONSTRAINT "staff_department_departments_id_fk" FOREIGN KEY ("department") REFERENCES "public"."departments"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "customer_links" ADD CONSTRAINT "customer_links_ticket_tickets_number_fk" FOREIGN KEY ("ticket") REFERENCES "public"."tickets"("number") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "materials" ADD CONSTRAINT "materials_ticket_tickets_number_fk" FOREIGN KEY ("ticket") REFERENCES "public"."tickets"("number") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "steps" ADD CONSTRAINT "steps_ticket_tickets_number_fk" FOREIGN KEY ("ticket") REFERENCES "public"."tickets"("number") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "ticket_links" ADD CONSTRAINT "ticket_links_ticket_tickets_number_fk" FOREIGN KEY ("ticket") REFERENCES "public"."tickets"("number") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "ticket_links" ADD CONSTRAINT "ticket_links_other_tickets_number_fk" FOREIGN KEY ("other") REFERENCES "public"."tickets"("number") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "tickets" ADD CONSTRAINT "tickets_customer_id_customers_id_fk" FOREIGN KEY ("customer_id") REFERENCES "public"."customers"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "timeline" ADD CONSTRAINT "timeline_ticket_tickets_number_fk" FOREIGN KEY ("ticket") REFERENCES "public"."tickets"("number") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "claims" ADD CONSTRAINT "claims_staff_id_staff_id_fk" FOREIGN KEY ("staff_id") REFERENCES "public"."staff"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "notifications" ADD CONSTRAINT "notifications_staff_id_staff_id_fk" FOREIGN KEY ("staff_id") REFERENCES "public"."staff"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "api_tokens_hash" ON "api_tokens" USING btree ("token_hash");--> statement-breakpoint
CREATE INDEX "audit_object" ON "audit" USING btree ("object");--> statement-breakpoint
CREATE INDEX "audit_at" ON "audit" USING btree ("at");--> statement-breakpoint
CREATE INDEX "customers_phone" ON "customers" USING btree ("phone");--> statement-breakpoint
CREATE INDEX "customers_phone_end" ON "customers" USING btree (reverse("phone") text_pattern_ops);--> statement-breakpoint
CREATE INDEX "customers_name" ON "customers" USING btree ("name");--> statement-breakpoint
CREATE INDEX "login_failures_key" ON "login_failures" USING btree ("key","at");--> statement-breakpoint
CREATE INDEX "sessions_staff" ON "sessions" USING btree ("staff_id");--> statement-breakpoint
CREATE INDEX "materials_ticket" ON "materials" USING btree ("ticket");--> statement-breakpoint
CREATE INDEX "steps_ticket" ON "steps" USING btree ("ticket","seq");--> statement-breakpoint
CREATE INDEX "steps_actor" ON "steps" USING btree ("actor_id","ticket") WHERE state = 'applied' and step <> 'start';--> statement-breakpoint
CREATE INDEX "steps_surveys" ON "steps" USING btree ("taken_at") WHERE step = 'submit-survey';--> statement-breakpoint
CREATE INDEX "steps_pending" ON "steps" USING btree ("next_attempt_at","seq") WHERE state in ('pending','sent');--> statement-breakpoint
CREATE UNIQUE INDEX "ticket_links_key" ON "ticket_links" USING btree ("key") WHERE key is not null;--> statement-breakpoint
CREATE INDEX "tickets_open_due" ON "tickets" USING btree (coalesce("next_due_at", 'infinity'::timestamptz),"number") WHERE closed_at is null;--> statement-breakpoint
CREATE INDEX "tickets_created" ON "tickets" USING btree ("created_at","number");--> statement-breakpoint
CREATE INDEX "tickets_handler_open" ON "tickets" USING btree ("handler","created_at","number") WHERE closed_at is null;--> statement-breakpoint
CREATE INDEX "tickets_handler_all" ON "tickets" USING btree ("handler","created_at","number");--> statement-breakpoint
CREATE INDEX "tickets_supporters" ON "tickets" USING gin ("supporters") WHERE supporters <> '{}';--> statement-breakpoint
CREATE INDEX "tickets_creator" ON "tickets" USING btree ("created_by","created_at");--> statement-breakpoint
CREATE INDEX "tickets_group_lead" ON "tickets" USING btree ((snapshot->'facts'->>'groupLead')) WHERE process = 'complaint';--> statement-breakpoint
CREATE INDEX "tickets_group_members" ON "tickets" USING gin ((snapshot->'facts'->'groupMembers')) WHERE process = 'complaint';--> statement-breakpoint
CREATE INDEX "tickets_revisits" ON "tickets" USING btree ("created_at") WHERE stage in ('revisiting', 'following-up');--> statement-breakpoint
CREATE INDEX "tickets_committee" ON "tickets" USING btree ("created_at") WHERE process = 'escalation' and (breaches > 0 or snapshot->'clocks' @> '[{"name": "ruling"}]');--> statement-breakpoint
CREATE INDEX "tickets_status" ON "tickets" USING btree ("status","created_at","number");--> statement-breakpoint
CREATE INDEX "tickets_category" ON "tickets" USING btree ("category","created_at","number");--> statement-breakpoint
CREATE INDEX "tickets_overdue" ON "tickets" USING btree ("created_at","number") WHERE overdue and closed_at is null;--> statement-breakpoint
CREATE INDEX "tickets_nearly" ON "tickets" USING btree ("created_at","number") WHERE nearly_overdue and not overdue and closed_at is null;--> statement-breakpoint
CREATE INDEX "tickets_customer" ON "tickets" USING btree ("customer_id","created_at");--> statement-breakpoint
CREATE INDEX "tickets_departments" ON "tickets" USING gin ("departments");--> statement-breakpoint
CREATE INDEX "tickets_open_created" ON "tickets" USING btree ("created_at","number") WHERE closed_at is null;--> statement-breakpoint
CREATE INDEX "tickets_unstarted" ON "tickets" USING btree ("created_at") WHERE revision = 0;--> statement-breakpoint
CREATE INDEX "tickets_search" ON "tickets" USING gin (to_tsvector('simple', search));--> statement-breakpoint
CREATE INDEX "archives_retain" ON "archives" USING btree ("retain_until");--> statement-breakpoint
CREATE INDEX "assignment_queue_order" ON "assignment_queue" USING btree ("priority","since");--> statement-breakpoint
CREATE INDEX "assignment_queue_ticket" ON "assignment_queue" USING btree ("ticket");--> statement-breakpoint
CREATE INDEX "claims_open" ON "claims" USING btree ("staff_id") WHERE released_at is null;--> statement-breakpoint
CREATE INDEX "claims_recent" ON "claims" USING btree ("staff_id","claimed_at");--> statement-breakpoint
CREATE INDEX "claims_ticket" ON "claims" USING btree ("ticket");--> statement-breakpoint
CREATE INDEX "deliveries_ticket" ON "deliveries" USING btree ("ticket");--> statement-breakpoint
CREATE INDEX "deliveries_unsent" ON "deliveries" USING btree ("state","updated_at") WHERE state <> 'sent';--> statement-breakpoint
CREATE INDEX "notifications_staff" ON "notifications" USING btree ("staff_id","created_at");--> statement-breakpoint
CREATE INDEX "notifications_ticket" ON "notifications" USING btree ("ticket");--> statement-breakpoint
CREATE UNIQUE INDEX "purge_certificates_part" ON "purge_certificates" USING btree ("ticket","part");--> statement-breakpoint
CREATE INDEX "wakeups_unsent" ON "wakeups" USING btree ("id") WHERE sent_at is null;