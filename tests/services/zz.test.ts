import { assign, schema } from '@duban/database';
import { createNotificationActivities } from '@duban/activities';
import { createInAppChannel, createSmsChannel } from '@duban/notification';
import { createLogger } from '@duban/platform';
import { createTestDatabase } from '../support/database';
import { addGroup, addStaff, addTicket, assignInput, message } from '../support/fixtures';
import { startSmsGateway } from '../support/gateways';
test('x', async () => {
  const d = await createTestDatabase({ max: 20 });
  await addGroup(d.db, 'G1');
  for (let i = 0; i < 30; i++) await addStaff(d.db, `CS${100 + i}`, { group: 'G1', capacity: 100, phone: '139' });
  for (let i = 0; i < 300; i++) await addTicket(d.db, `T${i}`);
  const time = async (name: string, n: number, f: (i: number) => Promise<unknown>, par = 1) => {
    const t = performance.now(); const c = process.cpuUsage();
    const q = [...Array(n).keys()];
    await Promise.all(Array.from({ length: par }, async () => { for (let i; (i = q.shift()) !== undefined; ) await f(i); }));
    const u = process.cpuUsage(c);
    console.log(name, ((performance.now() - t) / n).toFixed(2), 'ms each; cpu', ((u.user + u.system) / 1000 / n).toFixed(2));
  };
  await time('assign seq', 100, (i) => assign(d.db, assignInput(`T${i}`)));
  await time('assign par20', 150, (i) => assign(d.db, assignInput(`T${i + 100}`)), 20);
  const sms = await startSmsGateway();
  const a = createNotificationActivities({ database: d, channels: { 'in-app': createInAppChannel(), sms: createSmsChannel({ url: sms.url }) }, log: createLogger('t', 'silent'), publicUrl: 'http://x' });
  await time('notify staff', 100, (i) => a.notify({ ticket: `T${i}`, messages: [message(`T${i}`, { template: 'ticket-assigned', to: [{ kind: 'staff', id: 'CS100' }] })] }));
  await time('notify inapp', 100, (i) => a.notify({ ticket: `T${i}`, messages: [message(`T${i}`, { template: 'urged', to: [{ kind: 'staff', id: 'CS100' }] })] }));
  await time('notify cust', 100, (i) => a.notify({ ticket: `T${i}`, messages: [message(`T${i}`, { template: 'survey-invitation', to: [{ kind: 'customer' }] })] }));
  await sms.stop();
  await d.drop();
});
