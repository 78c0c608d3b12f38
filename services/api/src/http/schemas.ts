import { faultCauses, priorities, processes, statuses, taskStates } from '@duban/contracts';
import { idSchema } from '@duban/contracts/schemas';
import { z } from 'zod';

/** Pieces that several rows' schemas share. */
export const instant = z.iso.datetime({ offset: true });
export const number = z.string().regex(/^[A-Za-z]?\d{8,24}$/);
export const ticketParams = z.object({ number });
export const idParams = z.object({ id: idSchema });

/** Printable ASCII, as RFC 8941 strings are; long enough not to be shared by chance. */
export const idempotencyKey = z.string().regex(/^[\x21-\x7e]{8,128}$/);

export const problemSchema = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.number().int(),
    code: z.string(),
    traceId: z.string(),
    errors: z.array(z.object({ field: z.string(), code: z.string(), message: z.string().optional() })).optional(),
  })
  .meta({ id: 'Problem' });

export const personSchema = z.object({ id: z.string(), name: z.string() }).meta({ id: 'Person' });

export const listedTicketSchema = z
  .strictObject({
    number: z.string(),
    process: z.enum(processes),
    processLabel: z.string(),
    type: z.string(),
    category: z.string(),
    categoryName: z.string(),
    priority: z.enum(priorities),
    channel: z.string(),
    subject: z.string(),
    createdAt: instant,
    revision: z.number().int(),
    status: z.enum(statuses),
    statusLabel: z.string(),
    stage: z.string(),
    stageLabel: z.string(),
    outcome: z.string().nullable(),
    group: z.string().nullable(),
    handler: z.string().nullable(),
    handlerName: z.string().nullable(),
    departments: z.array(z.string()),
    overdue: z.boolean(),
    nearlyOverdue: z.boolean(),
    nextDueAt: instant.nullable(),
    closedAt: instant.nullable(),
    customer: z.strictObject({ id: z.string(), name: z.string().nullable(), phone: z.string().nullable() }),
  })
  .meta({ id: 'ListedTicket' });

export const clockSchema = z
  .strictObject({
    key: z.string(),
    name: z.string(),
    label: z.string(),
    department: z.string().optional(),
    about: z
      .strictObject({ id: z.string(), words: z.string() })
      .optional()
      .meta({ description: 'The task it is about, where a ticket has several' }),
    startedAt: instant,
    dueAt: instant,
    promised: z.literal(true).optional().meta({ description: 'A person named the due time, not the policy' }),
    extendedFrom: instant.optional().meta({ description: 'When it was due before a supervisor gave it more time' }),
    state: z.enum(['running', 'paused', 'met', 'cancelled']),
    warned: z.boolean(),
    breachedAt: instant.optional(),
    stoppedAt: instant.optional(),
  })
  .meta({ id: 'Clock' });

/** One task of an emergency's checklist (U1). */
const taskSchema = z
  .strictObject({
    id: z.string(),
    words: z.string(),
    owner: z.string().nullable(),
    state: z.enum(taskStates),
    stateLabel: z.string(),
    dueAt: instant.nullable(),
  })
  .meta({ id: 'EmergencyTask' });

const named = z.strictObject({ id: z.string(), name: z.string() });

/** A fault announcement as agents read it (F2). */
export const faultSchema = z
  .strictObject({
    number: z.string(),
    title: z.string(),
    priority: z.string(),
    areas: z.array(named),
    services: z.array(named),
    causeKind: z.enum(faultCauses),
    causeLabel: z.string(),
    cause: z.string(),
    progress: z.string(),
    expectedAt: instant.nullable(),
    state: z.enum(['open', 'over', 'cancelled']),
    publishedBy: z.string(),
    publishedAt: instant,
    updatedAt: instant,
    endedAt: instant.nullable(),
    callers: z.number().int().meta({ description: 'Reports that belong to it' }),
  })
  .meta({ id: 'FaultAnnouncement' });

export const ticketSchema = z
  .strictObject({
    number: z.string(),
    process: z.enum(processes),
    processLabel: z.string(),
    type: z.string(),
    category: z.string(),
    categoryName: z.string(),
    usualSolution: z.string().nullable(),
    priority: z.enum(priorities),
    channel: z.string(),
    subject: z.string(),
    content: z.string(),
    form: z.record(z.string(), z.unknown()),
    customer: z.strictObject({
      id: z.string(),
      name: z.string().nullable(),
      title: z.string(),
      class: z.string(),
      anonymous: z.boolean(),
      phone: z.string().nullable(),
      email: z.string().nullable(),
      masked: z.boolean(),
    }),
    createdBy: z.string(),
    createdAt: instant,
    policy: z.strictObject({ id: z.string(), version: z.number().int() }),
    revision: z.number().int(),
    status: z.enum(statuses),
    statusLabel: z.string(),
    stage: z.string(),
    stageLabel: z.string(),
    outcome: z.string().nullable(),
    group: z.string().nullable(),
    handler: z.string().nullable(),
    handlerName: z.string().nullable(),
    supporters: z.array(personSchema),
    departments: z.array(
      z.strictObject({
        id: z.string(),
        name: z.string(),
        state: z.enum(['asked', 'helping', 'acknowledged', 'disputing', 'delivered', 'released']),
        expectedAt: instant.optional(),
      }),
    ),
    clocks: z.array(clockSchema),
    tasks: z.array(taskSchema).optional().meta({ description: "An emergency's checklist" }),
    overdue: z.boolean(),
    nearlyOverdue: z.boolean(),
    breaches: z.number().int(),
    nextDueAt: instant.nullable(),
    urges: z.number().int(),
    openSteps: z.array(z.string()),
    snapshot: z
      .record(z.string(), z.unknown())
      .nullable()
      .meta({ description: "The process's own answer: ids, codes and UTC milliseconds; null until it has started" }),
    facts: z.record(z.string(), z.unknown()),
    links: z.array(z.strictObject({ ticket: z.string(), kind: z.string(), open: z.boolean() })),
    closedAt: instant.nullable(),
    archived: z.boolean(),
    waiting: z
      .array(
        z.strictObject({ id: z.string(), step: z.string(), label: z.string(), state: z.string(), takenAt: instant }),
      )
      .meta({ description: 'Steps that were taken but have not reached the process yet' }),
    announcement: faultSchema.optional().meta({ description: 'The known fault that it is part of' }),
  })
  .meta({ id: 'Ticket' });

export const timelineEntrySchema = z
  .strictObject({
    revision: z.number().int(),
    index: z.number().int(),
    at: instant,
    kind: z.string(),
    label: z.string(),
    actor: personSchema.nullable(),
    step: z
      .strictObject({
        id: z.string(),
        name: z.string(),
        label: z.string(),
        command: z.record(z.string(), z.unknown()),
        material: z.record(z.string(), z.unknown()),
      })
      .nullable(),
    data: z.record(z.string(), z.unknown()),
    words: z
      .record(z.string(), z.string())
      .meta({ description: "The codes in `data` in the reader's language, under the same names" }),
    explanation: z.string().optional().meta({ description: 'Why it was dispatched to this person' }),
  })
  .meta({ id: 'TimelineEntry' });

export const openStepSchema = z
  .strictObject({
    step: z.string(),
    label: z.string(),
    mayTake: z.boolean(),
    needsRevision: z.boolean(),
    schema: z.record(z.string(), z.unknown()),
  })
  .meta({ id: 'OpenStep' });

export const stepResultSchema = z
  .strictObject({
    step: z.string(),
    state: z.enum(['applied', 'pending']),
    ticket: z
      .strictObject({
        number: z.string(),
        revision: z.number().int(),
        status: z.enum(statuses),
        statusLabel: z.string(),
        stage: z.string(),
        stageLabel: z.string(),
        handler: z.string().nullable(),
        openSteps: z.array(z.string()),
      })
      .optional(),
    linked: z.string().optional().meta({ description: 'The ticket that reopens an ended one' }),
  })
  .meta({ id: 'StepResult' });

export const stepStateSchema = z
  .strictObject({
    id: z.string(),
    ticket: z.string(),
    step: z.string(),
    label: z.string(),
    state: z.enum(['pending', 'sent', 'applied', 'refused', 'withdrawn']),
    takenAt: instant,
    settledAt: instant.nullable(),
    revision: z.number().int().nullable(),
    refusal: z.strictObject({ code: z.string(), field: z.string().optional(), message: z.string() }).nullable(),
  })
  .meta({ id: 'StepState' });
