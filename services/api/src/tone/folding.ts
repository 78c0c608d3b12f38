/** What folding may change: neither Chinese characters nor small letters, digits and marks of ASCII. */
const CHANGING = /[A-Z\u0080-\u33ff\ua000-\uffff]/g;

/** A text as it is compared, character by character so that offsets stay: full width → half, upper → lower case. */
export function folded(text: string): string {
  return text.replace(CHANGING, (character) => {
    const plain = character.normalize('NFKC').toLowerCase();
    return plain.length === 1 ? plain : character;
  });
}
