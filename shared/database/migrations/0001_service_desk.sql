CREATE TABLE "public_days" (
	"region" text NOT NULL,
	"date" text NOT NULL,
	"open" boolean NOT NULL,
	"name_zh" text NOT NULL,
	"name_en" text NOT NULL,
	CONSTRAINT "public_days_region_date_pk" PRIMARY KEY("region","date")
);
--> statement-breakpoint
CREATE TABLE "public_years" (
	"region" text NOT NULL,
	"year" integer NOT NULL,
	"source" text NOT NULL,
	"imported_by" text NOT NULL,
	"imported_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "public_years_region_year_pk" PRIMARY KEY("region","year")
);
--> statement-breakpoint
CREATE TABLE "policy_drafts" (
	"id" text PRIMARY KEY NOT NULL,
	"policy_id" text NOT NULL,
	"origin" text NOT NULL,
	"definition" jsonb NOT NULL,
	"revision" integer DEFAULT 1 NOT NULL,
	"created_by" text NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_by" text NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"published_version" integer
);
--> statement-breakpoint
CREATE TABLE "absences" (
	"id" text PRIMARY KEY NOT NULL,
	"staff_id" text NOT NULL,
	"starts_at" timestamp (3) with time zone NOT NULL,
	"ends_at" timestamp (3) with time zone NOT NULL,
	"substitute_id" text,
	"kind" text NOT NULL,
	"hand_over" boolean DEFAULT true NOT NULL,
	"created_by" text NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "shifts" (
	"id" text PRIMARY KEY NOT NULL,
	"staff_id" text NOT NULL,
	"starts_at" timestamp (3) with time zone NOT NULL,
	"ends_at" timestamp (3) with time zone NOT NULL,
	"created_by" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "skills" (
	"id" text PRIMARY KEY NOT NULL,
	"name_zh" text NOT NULL,
	"name_en" text NOT NULL,
	"active" boolean DEFAULT true NOT NULL
);
--> statement-breakpoint
CREATE TABLE "archive_blocks" (
	"ticket" text NOT NULL,
	"customer_id" text NOT NULL,
	"since" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "archive_blocks_ticket_pk" PRIMARY KEY("ticket")
);
--> statement-breakpoint
CREATE TABLE "customer_classes" (
	"id" text PRIMARY KEY NOT NULL,
	"name_zh" text NOT NULL,
	"name_en" text NOT NULL,
	"priority_bump" integer DEFAULT 0 NOT NULL,
	"group_id" text,
	"revisits" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"active" boolean DEFAULT true NOT NULL
);
--> statement-breakpoint
CREATE TABLE "customer_consents" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "customer_consents_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"customer_id" text NOT NULL,
	"purpose" text NOT NULL,
	"given" boolean NOT NULL,
	"how" text NOT NULL,
	"at" timestamp (3) with time zone NOT NULL,
	"recorded_by" text NOT NULL,
	"call_id" text
);
--> statement-breakpoint
CREATE TABLE "customer_contacts" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "customer_contacts_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"customer_id" text NOT NULL,
	"kind" text NOT NULL,
	"value" text NOT NULL,
	"preferred" boolean DEFAULT false NOT NULL,
	"verified_at" timestamp (3) with time zone,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "erasure_certificates" (
	"customer_id" text PRIMARY KEY NOT NULL,
	"reason" text NOT NULL,
	"actor" text NOT NULL,
	"at" timestamp (3) with time zone NOT NULL,
	"erased" jsonb NOT NULL,
	"kept" jsonb NOT NULL,
	"scanned_columns" integer NOT NULL,
	"remains" jsonb NOT NULL,
	"sha256" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "call_events" (
	"id" text PRIMARY KEY NOT NULL,
	"call_id" text NOT NULL,
	"type" text NOT NULL,
	"at" timestamp (3) with time zone NOT NULL,
	"received_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "calls" (
	"id" text PRIMARY KEY NOT NULL,
	"external_id" text,
	"direction" text NOT NULL,
	"phone" text,
	"extension" text,
	"agent" text,
	"customer_id" text,
	"ticket" text,
	"started_at" timestamp (3) with time zone NOT NULL,
	"ringing_at" timestamp (3) with time zone,
	"answered_at" timestamp (3) with time zone,
	"ended_at" timestamp (3) with time zone,
	"answered_in_time" boolean,
	"recording" text,
	"recording_withheld" boolean DEFAULT false NOT NULL,
	"category" text,
	"note" text,
	"created_by" text NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "channel_rules" (
	"id" text PRIMARY KEY NOT NULL,
	"mail_category" text,
	"mail_acknowledged" boolean DEFAULT true NOT NULL,
	"chat_category" text
);
--> statement-breakpoint
CREATE TABLE "conversations" (
	"id" text PRIMARY KEY NOT NULL,
	"channel" text NOT NULL,
	"status" text NOT NULL,
	"customer_id" text NOT NULL,
	"ticket" text,
	"agent" text,
	"subject" text,
	"left_message" boolean DEFAULT false NOT NULL,
	"token_hash" text,
	"token_expires_at" timestamp (3) with time zone,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"last_message_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"taken_at" timestamp (3) with time zone,
	"closed_at" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "inbound_mails" (
	"digest" text PRIMARY KEY NOT NULL,
	"outcome" text NOT NULL,
	"automatic" boolean DEFAULT false NOT NULL,
	"token" text NOT NULL,
	"conversation_id" text,
	"received_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "messages" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "messages_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"conversation_id" text NOT NULL,
	"direction" text NOT NULL,
	"author" text NOT NULL,
	"text" text NOT NULL,
	"subject" text,
	"automatic" boolean DEFAULT false NOT NULL,
	"attachments" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"key" text,
	"mail_id" text,
	"address" text,
	"state" text,
	"attempts" integer DEFAULT 0 NOT NULL,
	"next_attempt_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"last_error" text,
	"at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "announcement_reads" (
	"announcement" text NOT NULL,
	"staff_id" text NOT NULL,
	"read_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "announcement_reads_announcement_staff_id_pk" PRIMARY KEY("announcement","staff_id")
);
--> statement-breakpoint
CREATE TABLE "announcements" (
	"id" text PRIMARY KEY NOT NULL,
	"title" text NOT NULL,
	"body" text NOT NULL,
	"article" text,
	"roles" text[] DEFAULT '{}' NOT NULL,
	"departments" text[] DEFAULT '{}' NOT NULL,
	"published_by" text NOT NULL,
	"published_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"valid_until" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "article_marks" (
	"article" text NOT NULL,
	"ticket" text NOT NULL,
	"staff_id" text NOT NULL,
	"mark" text NOT NULL,
	"marked_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "article_marks_article_ticket_staff_id_mark_pk" PRIMARY KEY("article","ticket","staff_id","mark")
);
--> statement-breakpoint
CREATE TABLE "article_versions" (
	"article" text NOT NULL,
	"version" integer NOT NULL,
	"title" text NOT NULL,
	"body" text NOT NULL,
	"keywords" text DEFAULT '' NOT NULL,
	"note" text,
	"author" text NOT NULL,
	"written_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"reviewer" text,
	"published_at" timestamp (3) with time zone,
	CONSTRAINT "article_versions_article_version_pk" PRIMARY KEY("article","version")
);
--> statement-breakpoint
CREATE TABLE "articles" (
	"id" text PRIMARY KEY NOT NULL,
	"key" text NOT NULL,
	"kind" text DEFAULT 'article' NOT NULL,
	"category" text,
	"status" text DEFAULT 'draft' NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"published_version" integer,
	"owner" text NOT NULL,
	"review_on" date,
	"ticket" text,
	"used" integer DEFAULT 0 NOT NULL,
	"helped" integer DEFAULT 0 NOT NULL,
	"revision" integer DEFAULT 1 NOT NULL,
	"created_by" text NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"changed_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"title_search" "tsvector",
	"search" "tsvector"
);
--> statement-breakpoint
CREATE TABLE "knowledge_proposals" (
	"id" text PRIMARY KEY NOT NULL,
	"kind" text NOT NULL,
	"ticket" text,
	"category" text,
	"title" text NOT NULL,
	"body" text NOT NULL,
	"proposed_by" text NOT NULL,
	"proposed_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"state" text DEFAULT 'open' NOT NULL,
	"article" text,
	"reason" text,
	"decided_by" text,
	"decided_at" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "files" (
	"id" text PRIMARY KEY NOT NULL,
	"ticket" text,
	"article" text,
	"conversation_id" text,
	"key" text NOT NULL,
	"name" text NOT NULL,
	"type" text NOT NULL,
	"size" bigint NOT NULL,
	"sha256" text NOT NULL,
	"uploaded_by" text NOT NULL,
	"uploaded_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "files_one_owner" CHECK (num_nonnulls("files"."ticket", "files"."article", "files"."conversation_id") = 1)
);
--> statement-breakpoint
CREATE TABLE "tone_phrases" (
	"id" text PRIMARY KEY NOT NULL,
	"kind" text NOT NULL,
	"day" text DEFAULT 'any' NOT NULL,
	"situation" text,
	"zh" text NOT NULL,
	"en" text NOT NULL,
	"position" integer DEFAULT 0 NOT NULL,
	"active" boolean DEFAULT true NOT NULL
);
--> statement-breakpoint
CREATE TABLE "tone_rules" (
	"id" text PRIMARY KEY NOT NULL,
	"words" text NOT NULL,
	"replacements" text[] NOT NULL,
	"reason_zh" text NOT NULL,
	"reason_en" text NOT NULL,
	"active" boolean DEFAULT true NOT NULL
);
--> statement-breakpoint
CREATE TABLE "ticket_facts" (
	"ticket" text PRIMARY KEY NOT NULL,
	"process" text NOT NULL,
	"type" text NOT NULL,
	"category" text NOT NULL,
	"priority" text NOT NULL,
	"channel" text NOT NULL,
	"group_id" text,
	"handler" text,
	"departments" text[] NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"closed_at" timestamp (3) with time zone,
	"outcome" text,
	"overdue" boolean NOT NULL,
	"reopens" boolean NOT NULL,
	"first_response_seconds" integer,
	"met" text[] NOT NULL,
	"breached" text[] NOT NULL,
	"grade" text,
	"efficiency" smallint,
	"attitude" smallint,
	"solution" smallint,
	"follow_up" boolean NOT NULL
);
--> statement-breakpoint
CREATE TABLE "export_parts" (
	"export_id" text NOT NULL,
	"n" integer NOT NULL,
	"body" "bytea" NOT NULL,
	CONSTRAINT "export_parts_export_id_n_pk" PRIMARY KEY("export_id","n")
);
--> statement-breakpoint
CREATE TABLE "exports" (
	"id" text PRIMARY KEY NOT NULL,
	"kind" text NOT NULL,
	"format" text NOT NULL,
	"locale" text NOT NULL,
	"query" jsonb NOT NULL,
	"grants" jsonb NOT NULL,
	"requested_by" text NOT NULL,
	"state" text DEFAULT 'queued' NOT NULL,
	"attempt" integer DEFAULT 0 NOT NULL,
	"rows" integer DEFAULT 0 NOT NULL,
	"total_rows" integer,
	"bytes" integer,
	"sha256" text,
	"failure" text,
	"requested_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"finished_at" timestamp (3) with time zone,
	"expires_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "problem_articles" (
	"problem_id" text NOT NULL,
	"article_id" text NOT NULL,
	CONSTRAINT "problem_articles_problem_id_article_id_pk" PRIMARY KEY("problem_id","article_id")
);
--> statement-breakpoint
CREATE TABLE "problem_measures" (
	"id" text PRIMARY KEY NOT NULL,
	"problem_id" text NOT NULL,
	"owner" text NOT NULL,
	"state" text NOT NULL,
	"text" text DEFAULT '' NOT NULL,
	"result" text,
	"due_at" timestamp (3) with time zone NOT NULL,
	"week" date,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"settled_at" timestamp (3) with time zone,
	"revision" integer DEFAULT 1 NOT NULL
);
--> statement-breakpoint
CREATE TABLE "problem_tickets" (
	"problem_id" text NOT NULL,
	"ticket" text NOT NULL,
	"added_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "problem_tickets_problem_id_ticket_pk" PRIMARY KEY("problem_id","ticket")
);
--> statement-breakpoint
CREATE TABLE "problems" (
	"id" text PRIMARY KEY NOT NULL,
	"title" text NOT NULL,
	"description" text DEFAULT '' NOT NULL,
	"category" text NOT NULL,
	"stage" text,
	"causes" text DEFAULT '' NOT NULL,
	"owner" text,
	"state" text DEFAULT 'open' NOT NULL,
	"week" date,
	"created_by" text NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"revision" integer DEFAULT 1 NOT NULL
);
--> statement-breakpoint
CREATE TABLE "weekly_reviews" (
	"week" date PRIMARY KEY NOT NULL,
	"pack" jsonb NOT NULL,
	"made_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"minutes" text,
	"held_at" timestamp (3) with time zone,
	"held_by" text
);
--> statement-breakpoint
CREATE TABLE "webhook_deliveries" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "webhook_deliveries_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"endpoint" text NOT NULL,
	"ticket" text NOT NULL,
	"revision" integer NOT NULL,
	"idx" integer NOT NULL,
	"at" timestamp (3) with time zone NOT NULL,
	"kind" text NOT NULL,
	"actor" text,
	"data" jsonb,
	"state" text DEFAULT 'pending' NOT NULL,
	"attempts" integer DEFAULT 0 NOT NULL,
	"replays" integer DEFAULT 0 NOT NULL,
	"response_status" integer,
	"last_error" text,
	"queued_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"next_attempt_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"lease_until" timestamp (3) with time zone,
	"settled_at" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "webhook_endpoints" (
	"id" text PRIMARY KEY NOT NULL,
	"url" text NOT NULL,
	"description" text DEFAULT '' NOT NULL,
	"kinds" text[] DEFAULT '{}' NOT NULL,
	"enabled" boolean DEFAULT true NOT NULL,
	"secret_version" integer DEFAULT 1 NOT NULL,
	"created_by" text NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"failing_since" timestamp (3) with time zone,
	"retry_at" timestamp (3) with time zone,
	"disabled_for" text,
	"called_at" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "legal_holds" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "legal_holds_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"ticket" text NOT NULL,
	"reason" text NOT NULL,
	"set_by" text NOT NULL,
	"set_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"lifted_by" text,
	"lifted_at" timestamp (3) with time zone,
	"lifted_reason" text
);
--> statement-breakpoint
CREATE TABLE "retention_rules" (
	"process" text NOT NULL,
	"type" text DEFAULT '*' NOT NULL,
	"years" integer NOT NULL,
	"updated_by" text NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "retention_rules_process_type_pk" PRIMARY KEY("process","type")
);
--> statement-breakpoint
ALTER TABLE "categories" ADD COLUMN "fallback_groups" text[] DEFAULT '{}' NOT NULL;--> statement-breakpoint
ALTER TABLE "categories" ADD COLUMN "skills" text[] DEFAULT '{}' NOT NULL;--> statement-breakpoint
ALTER TABLE "customers" ADD COLUMN "preferences" jsonb DEFAULT '{}'::jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "customers" ADD COLUMN "merged_into" text;--> statement-breakpoint
ALTER TABLE "customers" ADD COLUMN "erased_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "groups" ADD COLUMN "mode" text DEFAULT 'automatic' NOT NULL;--> statement-breakpoint
ALTER TABLE "staff" ADD COLUMN "weight" integer DEFAULT 1 NOT NULL;--> statement-breakpoint
ALTER TABLE "staff" ADD COLUMN "skills" text[] DEFAULT '{}' NOT NULL;--> statement-breakpoint
ALTER TABLE "staff" ADD COLUMN "presence" text DEFAULT 'none' NOT NULL;--> statement-breakpoint
ALTER TABLE "assignment_queue" ADD COLUMN "groups" text[] DEFAULT '{}' NOT NULL;--> statement-breakpoint
ALTER TABLE "claims" ADD COLUMN "choice" jsonb;--> statement-breakpoint
ALTER TABLE "absences" ADD CONSTRAINT "absences_staff_id_staff_id_fk" FOREIGN KEY ("staff_id") REFERENCES "public"."staff"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "absences" ADD CONSTRAINT "absences_substitute_id_staff_id_fk" FOREIGN KEY ("substitute_id") REFERENCES "public"."staff"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "shifts" ADD CONSTRAINT "shifts_staff_id_staff_id_fk" FOREIGN KEY ("staff_id") REFERENCES "public"."staff"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "customer_consents" ADD CONSTRAINT "customer_consents_customer_id_customers_id_fk" FOREIGN KEY ("customer_id") REFERENCES "public"."customers"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "customer_contacts" ADD CONSTRAINT "customer_contacts_customer_id_customers_id_fk" FOREIGN KEY ("customer_id") REFERENCES "public"."customers"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "call_events" ADD CONSTRAINT "call_events_call_id_calls_id_fk" FOREIGN KEY ("call_id") REFERENCES "public"."calls"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "calls" ADD CONSTRAINT "calls_customer_id_customers_id_fk" FOREIGN KEY ("customer_id") REFERENCES "public"."customers"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "conversations" ADD CONSTRAINT "conversations_customer_id_customers_id_fk" FOREIGN KEY ("customer_id") REFERENCES "public"."customers"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "messages" ADD CONSTRAINT "messages_conversation_id_conversations_id_fk" FOREIGN KEY ("conversation_id") REFERENCES "public"."conversations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "announcement_reads" ADD CONSTRAINT "announcement_reads_announcement_announcements_id_fk" FOREIGN KEY ("announcement") REFERENCES "public"."announcements"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "announcement_reads" ADD CONSTRAINT "announcement_reads_staff_id_staff_id_fk" FOREIGN KEY ("staff_id") REFERENCES "public"."staff"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "announcements" ADD CONSTRAINT "announcements_article_articles_id_fk" FOREIGN KEY ("article") REFERENCES "public"."articles"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "article_marks" ADD CONSTRAINT "article_marks_article_articles_id_fk" FOREIGN KEY ("article") REFERENCES "public"."articles"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "article_marks" ADD CONSTRAINT "article_marks_ticket_tickets_number_fk" FOREIGN KEY ("ticket") REFERENCES "public"."tickets"("number") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "article_marks" ADD CONSTRAINT "article_marks_staff_id_staff_id_fk" FOREIGN KEY ("staff_id") REFERENCES "public"."staff"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "article_versions" ADD CONSTRAINT "article_versions_article_articles_id_fk" FOREIGN KEY ("article") REFERENCES "public"."articles"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "articles" ADD CONSTRAINT "articles_category_categories_id_fk" FOREIGN KEY ("category") REFERENCES "public"."categories"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "articles" ADD CONSTRAINT "articles_owner_staff_id_fk" FOREIGN KEY ("owner") REFERENCES "public"."staff"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "articles" ADD CONSTRAINT "articles_ticket_tickets_number_fk" FOREIGN KEY ("ticket") REFERENCES "public"."tickets"("number") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "knowledge_proposals" ADD CONSTRAINT "knowledge_proposals_ticket_tickets_number_fk" FOREIGN KEY ("ticket") REFERENCES "public"."tickets"("number") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "knowledge_proposals" ADD CONSTRAINT "knowledge_proposals_article_articles_id_fk" FOREIGN KEY ("article") REFERENCES "public"."articles"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "files" ADD CONSTRAINT "files_ticket_tickets_number_fk" FOREIGN KEY ("ticket") REFERENCES "public"."tickets"("number") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "files" ADD CONSTRAINT "files_article_articles_id_fk" FOREIGN KEY ("article") REFERENCES "public"."articles"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "files" ADD CONSTRAINT "files_conversation_id_conversations_id_fk" FOREIGN KEY ("conversation_id") REFERENCES "public"."conversations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "export_parts" ADD CONSTRAINT "export_parts_export_id_exports_id_fk" FOREIGN KEY ("export_id") REFERENCES "public"."exports"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "problem_articles" ADD CONSTRAINT "problem_articles_problem_id_problems_id_fk" FOREIGN KEY ("problem_id") REFERENCES "public"."problems"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "problem_measures" ADD CONSTRAINT "problem_measures_problem_id_problems_id_fk" FOREIGN KEY ("problem_id") REFERENCES "public"."problems"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "problem_tickets" ADD CONSTRAINT "problem_tickets_problem_id_problems_id_fk" FOREIGN KEY ("problem_id") REFERENCES "public"."problems"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "webhook_deliveries" ADD CONSTRAINT "webhook_deliveries_endpoint_webhook_endpoints_id_fk" FOREIGN KEY ("endpoint") REFERENCES "public"."webhook_endpoints"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "public_years_at" ON "public_years" USING btree ("imported_at");--> statement-breakpoint
CREATE INDEX "absences_staff" ON "absences" USING btree ("staff_id","ends_at");--> statement-breakpoint
CREATE INDEX "absences_end" ON "absences" USING btree ("ends_at");--> statement-breakpoint
CREATE INDEX "shifts_staff" ON "shifts" USING btree ("staff_id","ends_at");--> statement-breakpoint
CREATE UNIQUE INDEX "shifts_once" ON "shifts" USING btree ("staff_id","starts_at");--> statement-breakpoint
CREATE INDEX "customer_consents_customer" ON "customer_consents" USING btree ("customer_id","purpose","at");--> statement-breakpoint
CREATE UNIQUE INDEX "customer_contacts_once" ON "customer_contacts" USING btree ("customer_id","value");--> statement-breakpoint
CREATE UNIQUE INDEX "customer_contacts_preferred" ON "customer_contacts" USING btree ("customer_id","kind") WHERE preferred;--> statement-breakpoint
CREATE INDEX "customer_contacts_value" ON "customer_contacts" USING btree ("value");--> statement-breakpoint
CREATE INDEX "customer_contacts_end" ON "customer_contacts" USING btree (reverse("value") text_pattern_ops);--> statement-breakpoint
CREATE INDEX "call_events_call" ON "call_events" USING btree ("call_id");--> statement-breakpoint
CREATE UNIQUE INDEX "calls_external" ON "calls" USING btree ("external_id") WHERE external_id is not null;--> statement-breakpoint
CREATE INDEX "calls_customer" ON "calls" USING btree ("customer_id","started_at");--> statement-breakpoint
CREATE INDEX "calls_ticket" ON "calls" USING btree ("ticket","started_at");--> statement-breakpoint
CREATE INDEX "calls_agent" ON "calls" USING btree ("agent","started_at");--> statement-breakpoint
CREATE INDEX "calls_started" ON "calls" USING btree ("started_at","id");--> statement-breakpoint
CREATE INDEX "calls_rung" ON "calls" USING btree ("ringing_at") WHERE direction = 'inbound';--> statement-breakpoint
CREATE UNIQUE INDEX "conversations_token" ON "conversations" USING btree ("token_hash") WHERE token_hash is not null;--> statement-breakpoint
CREATE INDEX "conversations_waiting" ON "conversations" USING btree ("created_at","id") WHERE status = 'waiting';--> statement-breakpoint
CREATE INDEX "conversations_agent" ON "conversations" USING btree ("agent","created_at");--> statement-breakpoint
CREATE INDEX "conversations_created" ON "conversations" USING btree ("created_at","id");--> statement-breakpoint
CREATE INDEX "conversations_ticket" ON "conversations" USING btree ("ticket","channel");--> statement-breakpoint
CREATE INDEX "conversations_customer" ON "conversations" USING btree ("customer_id","created_at");--> statement-breakpoint
CREATE INDEX "inbound_mails_received" ON "inbound_mails" USING btree ("received_at");--> statement-breakpoint
CREATE INDEX "messages_conversation" ON "messages" USING btree ("conversation_id","id");--> statement-breakpoint
CREATE UNIQUE INDEX "messages_key" ON "messages" USING btree ("key") WHERE key is not null;--> statement-breakpoint
CREATE INDEX "messages_mail" ON "messages" USING btree ("mail_id") WHERE mail_id is not null;--> statement-breakpoint
CREATE INDEX "messages_unsent" ON "messages" USING btree ("next_attempt_at","id") WHERE state in ('pending', 'sending');--> statement-breakpoint
CREATE INDEX "announcements_published" ON "announcements" USING btree ("published_at","id");--> statement-breakpoint
CREATE INDEX "article_marks_ticket" ON "article_marks" USING btree ("ticket");--> statement-breakpoint
CREATE INDEX "articles_title_search" ON "articles" USING gin ("title_search");--> statement-breakpoint
CREATE INDEX "articles_search" ON "articles" USING gin ("search");--> statement-breakpoint
CREATE UNIQUE INDEX "articles_key" ON "articles" USING btree ("key");--> statement-breakpoint
CREATE INDEX "articles_changed" ON "articles" USING btree ("changed_at","id");--> statement-breakpoint
CREATE INDEX "articles_review" ON "articles" USING btree ("review_on") WHERE published_version is not null and status <> 'retired';--> statement-breakpoint
CREATE UNIQUE INDEX "articles_case" ON "articles" USING btree ("ticket") WHERE kind = 'case';--> statement-breakpoint
CREATE INDEX "knowledge_proposals_state" ON "knowledge_proposals" USING btree ("state","proposed_at","id");--> statement-breakpoint
CREATE UNIQUE INDEX "files_key" ON "files" USING btree ("key");--> statement-breakpoint
CREATE INDEX "files_ticket" ON "files" USING btree ("ticket");--> statement-breakpoint
CREATE INDEX "files_article" ON "files" USING btree ("article");--> statement-breakpoint
CREATE INDEX "files_conversation" ON "files" USING btree ("conversation_id");--> statement-breakpoint
CREATE INDEX "ticket_facts_created" ON "ticket_facts" USING btree ("created_at");--> statement-breakpoint
CREATE INDEX "ticket_facts_closed" ON "ticket_facts" USING btree ("closed_at") WHERE closed_at is not null;--> statement-breakpoint
CREATE INDEX "ticket_facts_open" ON "ticket_facts" USING btree ("created_at") WHERE closed_at is null;--> statement-breakpoint
CREATE INDEX "exports_asker" ON "exports" USING btree ("requested_by","requested_at");--> statement-breakpoint
CREATE INDEX "exports_expiry" ON "exports" USING btree ("expires_at");--> statement-breakpoint
CREATE INDEX "problem_measures_problem" ON "problem_measures" USING btree ("problem_id");--> statement-breakpoint
CREATE INDEX "problem_measures_open" ON "problem_measures" USING btree ("due_at") WHERE state in ('asked', 'planned');--> statement-breakpoint
CREATE UNIQUE INDEX "problem_measures_asked" ON "problem_measures" USING btree ("problem_id") WHERE state = 'asked';--> statement-breakpoint
CREATE INDEX "problem_tickets_ticket" ON "problem_tickets" USING btree ("ticket");--> statement-breakpoint
CREATE INDEX "problems_state" ON "problems" USING btree ("state","created_at","id");--> statement-breakpoint
CREATE UNIQUE INDEX "problems_unsettled" ON "problems" USING btree ("category",coalesce(stage, '')) WHERE state <> 'settled';--> statement-breakpoint
CREATE UNIQUE INDEX "webhook_deliveries_event" ON "webhook_deliveries" USING btree ("endpoint","ticket","revision","idx");--> statement-breakpoint
CREATE INDEX "webhook_deliveries_log" ON "webhook_deliveries" USING btree ("endpoint","id");--> statement-breakpoint
CREATE INDEX "webhook_deliveries_due" ON "webhook_deliveries" USING btree ("endpoint","next_attempt_at") WHERE state = 'pending';--> statement-breakpoint
CREATE UNIQUE INDEX "legal_holds_open" ON "legal_holds" USING btree ("ticket") WHERE lifted_at is null;--> statement-breakpoint
CREATE INDEX "legal_holds_ticket" ON "legal_holds" USING btree ("ticket","id");--> statement-breakpoint
CREATE INDEX "customers_email" ON "customers" USING btree ("email");--> statement-breakpoint
CREATE INDEX "tickets_archiving" ON "tickets" USING btree ("closed_at") WHERE stage = 'archiving' and not archived;--> statement-breakpoint
CREATE INDEX "timeline_at" ON "timeline" USING brin ("at");--> statement-breakpoint
CREATE INDEX "timeline_breached" ON "timeline" USING btree ("at") WHERE kind = 'breached';--> statement-breakpoint
CREATE INDEX "archives_written" ON "archives" USING btree ("created_at","ticket") WHERE part = 1;--> statement-breakpoint
CREATE INDEX "deliveries_created" ON "deliveries" USING btree ("created_at","key");