import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';

/** What supervisors filter by in the Temporal UI (P6). Keywords: set at start, changed only when one of them does. */
export const searchAttributes = {
  process: defineSearchAttributeKey('DubanProcess', SearchAttributeType.KEYWORD),
  type: defineSearchAttributeKey('DubanType', SearchAttributeType.KEYWORD),
  priority: defineSearchAttributeKey('DubanPriority', SearchAttributeType.KEYWORD),
  departments: defineSearchAttributeKey('DubanDepartment', SearchAttributeType.KEYWORD_LIST),
  overdue: defineSearchAttributeKey('DubanOverdue', SearchAttributeType.KEYWORD),
  escalated: defineSearchAttributeKey('DubanEscalated', SearchAttributeType.KEYWORD),
} as const;

/** Name → type, as registered with the server before the first start. */
export const searchAttributeTypes = Object.fromEntries(
  Object.values(searchAttributes).map((key) => [key.name, key.type]),
) as Record<string, (typeof SearchAttributeType)[keyof typeof SearchAttributeType]>;
