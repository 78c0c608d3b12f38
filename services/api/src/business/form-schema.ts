import Ajv2020, { type ErrorObject, type ValidateFunction } from 'ajv/dist/2020';
import addFormats from 'ajv-formats';
import type { FieldError } from '../http/problems';
import { normalizePhone } from '../tickets/phone';

/** A form is small: an administrator writes it, and every intake is checked against it. */
const MOST_CHARACTERS = 20_000;
const DEEPEST = 12;
/** Patterns are left out: one that takes for ever is too easily written, and a list or a format serves as well. */
const refused: ReadonlySet<string> = new Set(['pattern', 'patternProperties', '$id', '$dynamicRef', '$anchor']);
const KEPT_VALIDATORS = 100;

// Strict about keywords and formats that it does not know: a misspelt one would check nothing.
const ajv = new Ajv2020({
  allErrors: true,
  strictSchema: true,
  strictTypes: false,
  strictTuples: false,
  logger: false,
});
addFormats(ajv, ['date', 'date-time', 'time', 'email']);
ajv.addFormat('phone', { type: 'string', validate: (text: string) => normalizePhone(text) !== null });

type Schema = Record<string, unknown>;
const validators = new Map<string, ValidateFunction>();

/** What is wrong with the JSON Schema of a form (B1); empty when it can be used. */
export function formSchemaErrors(schema: Schema): FieldError[] {
  const malformed = (field: string): FieldError[] => [{ field, code: 'malformed' }];
  const length = JSON.stringify(schema).length;
  if (length > MOST_CHARACTERS) return [{ field: 'form', code: 'too-long', detail: { max: MOST_CHARACTERS } }];
  if (schema.type !== 'object') return malformed('form.type');
  const bad = unfit(schema, ['form']);
  if (bad) return malformed(bad);
  try {
    validatorOf(schema);
    return [];
  } catch {
    return malformed('form');
  }
}

/** The first place that must not stand in a form's schema: too deep, a costly keyword, a reference that could circle. */
function unfit(value: unknown, path: string[]): string | null {
  if (typeof value !== 'object' || value === null) return null;
  if (path.length > DEEPEST) return path.join('.');
  for (const [name, inner] of Object.entries(value)) {
    const here = [...path, name];
    const isName = path.at(-1) === 'properties' || path.at(-1) === '$defs';
    if (!isName && refused.has(name)) return here.join('.');
    // What is defined refers to nothing: so no reference leads back to itself.
    if (!isName && name === '$ref' && (!/^#\/\$defs\/[\w-]+$/.test(String(inner)) || path.includes('$defs')))
      return here.join('.');
    const found = unfit(inner, here);
    if (found) return found;
  }
  return null;
}

/** What is wrong with the answers to a form, field by field under `form.` (G2, B1). Throws for an unusable schema. */
export function formErrors(schema: Schema, form: Record<string, unknown>): FieldError[] {
  const validate = validatorOf(schema);
  if (validate(form)) return [];
  const errors = (validate.errors ?? []).map(fieldError);
  const seen = new Set<string>();
  return errors.filter(({ field, code }) => !seen.has(`${field} ${code}`) && seen.add(`${field} ${code}`));
}

function validatorOf(schema: Schema): ValidateFunction {
  const key = JSON.stringify(schema);
  const known = validators.get(key);
  if (known) return known;
  // A field that the form does not have is a mistake, unless it says otherwise.
  const whole = { additionalProperties: false, ...schema };
  const validate = ajv.compile(whole);
  ajv.removeSchema(whole);
  if (validators.size >= KEPT_VALIDATORS) validators.clear();
  validators.set(key, validate);
  return validate;
}

function fieldError({ instancePath, keyword, params }: ErrorObject): FieldError {
  const place = (last?: unknown) => ['form', ...parts(instancePath), ...(last ? [String(last)] : [])].join('.');
  const field = place();
  const limit = Number(params.limit);
  switch (keyword) {
    case 'required':
      return { field: place(params.missingProperty), code: 'required' };
    case 'additionalProperties':
      return { field: place(params.additionalProperty), code: 'unknown-field' };
    case 'enum':
      return { field, code: 'not-allowed', detail: { values: (params.allowedValues as unknown[]).join(', ') } };
    case 'minLength':
    case 'minItems':
      return limit === 1 ? { field, code: 'required' } : { field, code: 'too-short', detail: { min: limit } };
    case 'maxLength':
    case 'maxItems':
      return { field, code: 'too-long', detail: { max: limit } };
    case 'uniqueItems':
      return { field, code: 'repeated' };
    case 'format':
      return { field, code: formatCodes[String(params.format)] ?? 'malformed' };
    default:
      return { field, code: 'malformed' };
  }
}

const formatCodes: Record<string, FieldError['code']> = { email: 'email', phone: 'phone', 'date-time': 'instant' };

/** `/a/b~1c` → `a`, `b/c`. */
function parts(pointer: string): string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((part) => part.replace(/~1/g, '/').replace(/~0/g, '~'));
}
