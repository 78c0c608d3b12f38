/** A text as it is compared, character by character so that offsets stay: full width → half, upper → lower case. */
export function folded(text: string): string {
  return Array.from({ length: text.length }, (_, i) => {
    const plain = text[i]!.normalize('NFKC').toLowerCase();
    return plain.length === 1 ? plain : text[i]!;
  }).join('');
}
