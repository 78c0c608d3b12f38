import type { Process, Priority, Publication } from './snapshot';

/** What notifications say; texts zh/en are the notification service's. Codes only in `data`. */
export const templates = [
  'ticket-assigned',
  'ticket-reminder',
  'clock-warning',
  'clock-breached',
  'clock-escalated',
  'waiting-for-assignment',
  'support-wanted',
  'handed-over',
  'answer-requested',
  'answer-provided',
  'progress-told',
  'urged',
  'urged-again',
  'not-satisfied',
  'survey-invitation',
  'follow-up-wanted',
  'investigation-wanted',
  'group-formed',
  'solution-wanted',
  'rectification-wanted',
  'rectification-returned',
  'verification-wanted',
  'revisit-wanted',
  'approval-wanted',
  'escalation-decided',
  'department-asked',
  'dispute-raised',
  'ruling-recorded',
  'result-delivered',
  'result-refused',
  'ticket-closed',
  'reply-sent',
  'attention-wanted',
] as const;
export type Template = (typeof templates)[number];

/** To whom a message goes: one person, everyone with a role (in a department), or the ticket's customer. */
export type Addressee =
  | { kind: 'staff'; id: string }
  | { kind: 'role'; role: 'supervisor' | 'team-leader' | 'committee-member' | 'revisit-group' }
  | { kind: 'department'; id: string; role: 'department-contact' | 'department-head' }
  | { kind: 'customer' };

/** One message; `key` is its business key `ticket:template:occurrence`, sent once whatever happens (design 8). */
export interface Message {
  key: string;
  template: Template;
  to: Addressee[];
  data: Record<string, string | number>;
}
export interface NotifyInput {
  ticket: string;
  messages: Message[];
  trace?: string;
}

/** Ask for somebody to take a ticket. `key` = `ticket:slot:n`; the same key gets the same answer. */
export interface AssignInput {
  key: string;
  ticket: string;
  n: number;
  slot: 'handler' | 'support';
  process: Process;
  category: string;
  group: string | null;
  priority: Priority;
  /** Dispatched by hand to this person, whatever their load. */
  to?: string;
  /** Who had it and did not confirm. */
  exclude?: string[];
  role?: 'technical-support' | 'supervisor';
  /** Since when the ticket waits, UTC ms: the longest-waiting goes first. */
  waitingSince: number;
}
export type AssignResult = { handler: string; group: string | null; reason: string } | { handler: null; waiting: true };

export interface CreateLinkedInput {
  /** `origin:stepId`: created once. */
  key: string;
  origin: string;
  stepId: string;
  kind: 'escalation' | 'reopened';
  /** Workflow time of the step, UTC ms. */
  at: number;
}
export interface CreateLinkedResult {
  ticket: string;
}

export interface ArchiveInput {
  publication: Publication;
  retainUntil: number;
}
export interface ArchiveResult {
  sha256: string;
}
