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
  'business-receipt': {
    zh: '您好,您申请的业务已办理,回执号 {ticket}。查看详情:{link}',
    en: 'Hello, your business is done. Receipt number {ticket}. Details: {link}',
    link: 'progress',
  },
  'appointment-booked': {
    zh: '您好,您已成功预约 {due},预约号 {ticket}。如需改约或取消请提前联系我们。查看详情:{link}',
    en: 'Hello, your appointment is at {due}, number {ticket}. Tell us if you cannot come. Details: {link}',
    link: 'progress',
  },
  'appointment-reminder': {
    zh: '您好,提醒您预约的时间为 {due},预约号 {ticket}。查看详情:{link}',
    en: 'Hello, a reminder of your appointment at {due}, number {ticket}. Details: {link}',
    link: 'progress',
  },
  'appointment-cancelled': {
    zh: '您好,您的预约(预约号 {ticket})已取消。查看详情:{link}',
    en: 'Hello, your appointment (number {ticket}) is cancelled. Details: {link}',
    link: 'progress',
  },
  'material-wanted': {
    zh: '您好,办理您的售后申请 {ticket} 还需要您提供:{materials}。查看详情:{link}',
    en: 'Hello, for your after-sales request {ticket} we still need: {materials}. Details: {link}',
    link: 'progress',
  },
  'application-refused': {
    zh: '您好,您的售后申请 {ticket} 未能通过审核,客服人员会与您联系说明。查看详情:{link}',
    en: 'Hello, your after-sales request {ticket} was not approved; we will call you about it. Details: {link}',
    link: 'progress',
  },
  'service-stage-told': {
    zh: '您好,您的售后申请 {ticket} 最新进展:商品{serviceStage}。查看详情:{link}',
    en: 'Hello, news on your after-sales request {ticket}: the goods are {serviceStage}. Details: {link}',
    link: 'progress',
  },
  'refund-made': {
    zh: '您好,您的售后申请 {ticket} 的款项已支付,请留意到账。查看详情:{link}',
    en: 'Hello, the payment for your after-sales request {ticket} was made. Details: {link}',
    link: 'progress',
  },
  'revisit-invitation': {
    zh: '您好,为更好地为您服务,诚邀您花一分钟填写回访问卷:{link} 感谢您的支持!',
    en: 'Hello, may we ask how you are getting on? It takes a minute: {link} Thank you!',
    link: 'revisit',
  },
  'revisit-reminder': {
    zh: '您好,您的回访问卷尚未填写,您的意见对我们很重要:{link} 如已填写请忽略。',
    en: 'Hello, we would still like to hear how you are getting on: {link} If you have told us, ignore this.',
    link: 'revisit',
  },
  'fault-attached': {
    zh: '您好,您反映的问题(工单 {ticket})属于已公告的故障。{text}恢复后我们会通知您。查看进展:{link}',
    en: 'Hello, what you reported (ticket {ticket}) is part of a known fault. {text} We will tell you when it is over: {link}',
    link: 'progress',
  },
  'fault-postponed': {
    zh: '您好,您反映的故障(工单 {ticket})预计恢复时间调整为 {due},给您带来不便敬请谅解。查看进展:{link}',
    en: 'Hello, the fault you reported (ticket {ticket}) is now expected to be over at {due}. We are sorry: {link}',
    link: 'progress',
  },
  'fault-recovered': {
    zh: '您好,您反映的故障(工单 {ticket})已恢复。如仍有问题,请在此告诉我们:{link}',
    en: 'Hello, the fault you reported (ticket {ticket}) is over. If yours still does not work, tell us here: {link}',
    link: 'progress',
  },
  'visit-arranged': {
    zh: '您好,您的工单 {ticket} 已约定 {due} 上门,请留人在场。查看进度:{link}',
    en: 'Hello, for your ticket {ticket} a visit is arranged for {due}; please be there. Progress: {link}',
    link: 'progress',
  },
  'visit-reminder': {
    zh: '您好,提醒您:您的工单 {ticket} 将于 {due} 上门,请留人在场。查看进度:{link}',
    en: 'Hello, a reminder: the visit for your ticket {ticket} is at {due}; please be there. Progress: {link}',
    link: 'progress',
  },
  'ticket-cancelled': {
    zh: '您好,您的工单 {ticket} 已取消。如仍需帮助,请随时联系我们:{link}',
    en: 'Hello, your ticket {ticket} was cancelled. If you still need help, please tell us: {link}',
    link: 'progress',
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

/** Where a customer's link in this message leads: `/p/` progress, `/s/` survey or `/r/` revisit. */
export function linkPurpose(template: Template): LinkPurpose {
  return (customerTexts[template] ?? anythingElse).link;
}

/** What the customer reads; on the telephone the text alone. */
export function customerMessage(template: Template, context: TextContext) {
  const text = fill((customerTexts[template] ?? anythingElse)[context.locale], context);
  return { title: fill(titles[context.locale], context), text, sms: text };
}
