import type { PolicyDefinition } from '../types';
import { demoFast } from './demo-fast';
import { hotline } from './hotline';
import { manual } from './manual';
import { toolkit } from './toolkit';

/** Policies to begin with, by key; `manual` is the default (document 0 wins where the documents disagree). */
export const presets: Record<string, PolicyDefinition> = { manual, hotline, toolkit, demoFast };

export { demoFast, hotline, manual, toolkit };
