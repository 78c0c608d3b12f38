import { outgoingRules } from '@duban/platform';

test.each([
  ...['10.0.0.1', '169.254.169.254', '192.168.1.1', '172.31.0.1', '100.64.0.1', '0.0.0.0', '::1', '::', 'fd00::1'],
  ...['fe80::1', '::ffff:127.0.0.1', '64:ff9b::7f00:1', '2002:7f00:1::', 'no address'],
])('%s is not called', (address) => expect(outgoingRules([]).allows(address)).toBe(false));

test('public addresses are called, and private ones in a network that is named', () => {
  const rules = outgoingRules(['10.1.0.0/16', 'fd00:1::/32']);
  for (const address of ['8.8.8.8', '2606:4700::1111', '10.1.2.3', 'fd00:1::5'])
    expect([address, rules.allows(address)]).toEqual([address, true]);
  for (const address of ['10.2.0.1', 'fd00:2::5']) expect([address, rules.allows(address)]).toEqual([address, false]);
});
