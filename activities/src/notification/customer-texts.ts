import type { Template } from '@duban/contracts';
import type { LinkPurpose } from '@duban/database';
import { type TextContext, fill } from './texts';

interface CustomerText {
  zh: string;
  en: string;
  link: LinkPurpose;
}

/** What customers are told, by SMS or e-mail alike: polite, with the ticket's number and a link (G9, G11, G12). */
const customerTexts: Partial<Record<Template, CustomerText>> = {
  'ticket-assigned': {
    zh: '您好,您的工单 {ticket} 已由客服人员受理,我们会尽快与您联系。查看进度:{link}',
    en: 'Hello, your ticket {ticket} is in our hands; you will hear from us soon. Progress: {link}',
    link: 'progress',
  },
  'progress-told': {
    zh: '您好,您的工单 {ticket} 最新进展:{text} 查看进度:{link}',
    en: 'Hello, news on your ticket {ticket}: {text} Progress: {link}',
    link: 'progress',
  },
  'reply-sent': {
    zh: '您好,关于您的工单 {ticket},答复如下:{text} 查看进度:{link}',
    en: 'Hello, our answer to your ticket {ticket}: {text} Progress: {link}',
    link: 'progress',
  },
  'survey-invitation': {
    zh: '您好,您的工单 {ticket} 已办结,诚邀您对本次服务作出评价:{link} 感谢您的支持!',
    en: 'Hello, your ticket {ticket} is closed. Please tell us how we did: {link} Thank you!',
    link: 'survey',
  },
  'survey-reminder': {
    zh: '您好,您的工单 {ticket} 还没有评价,您的意见对我们很重要:{link} 如已评价请忽略。',
    en: 'Hello, we would still like to hear how we did on your ticket {ticket}: {link} If you have told us, ignore this.',
    link: 'survey',
  },
  'ticket-registered': {
    zh: '您好,您的工单 {ticket} 已受理,可随时查看进度:{link}',
    en: 'Hello, your ticket {ticket} is registered. See its progress at any time: {link}',
    link: 'progress',
  },
};

const anythingElse: CustomerText = {
  zh: '您好,您的工单 {ticket} 有新的进展,我们正在为您跟进。查看进度:{link}',
  en: 'Hello, there is news on your ticket {ticket}; we are following it up. Progress: {link}',
  link: 'progress',
};

const titles = { zh: '您的工单 {ticket}', en: 'Your ticket {ticket}' };

/** Where a customer's link in this message leads: `/p/` progress or `/s/` survey. */
export function linkPurpose(template: Template): LinkPurpose {
  return (customerTexts[template] ?? anythingElse).link;
}

/** What the customer reads; on the telephone the text alone. */
export function customerMessage(template: Template, context: TextContext) {
  const text = fill((customerTexts[template] ?? anythingElse)[context.locale], context);
  return { title: fill(titles[context.locale], context), text, sms: text };
}
