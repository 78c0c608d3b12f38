import type { Mail, Sms } from './mailbox';

const SHOWN = 100;
const STYLE = `body{font:14px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:60rem;padding:0 1rem;color:#222}
h2{margin-top:2rem}article{border:1px solid #ddd;border-radius:6px;padding:.5rem 1rem;margin:.5rem 0}
pre{white-space:pre-wrap;font:inherit;margin:.25rem 0}small{color:#666}
@media(prefers-color-scheme:dark){body{background:#181818;color:#ddd}article{border-color:#444}small{color:#999}}`;

/** The local page of what Duban sent, newest first; it loads itself again every three seconds. */
export function mailboxPage(mails: readonly Mail[], messages: readonly Sms[]): string {
  const mailRows = newest(mails).map(({ at, from, to, subject, text }) =>
    article(`${at} · ${from} → ${to.join(', ')}`, `<strong>${escape(subject)}</strong>`, text),
  );
  const smsRows = newest(messages).map(({ at, to, text, duplicates }) =>
    article(`${at} → ${to}${duplicates > 0 ? ` · 重复 repeated × ${duplicates}` : ''}`, '', text),
  );
  return `<!doctype html><html lang="zh-CN"><meta charset="utf-8"><meta http-equiv="refresh" content="3">
<title>督办 Duban · 本地收件箱</title><style>${STYLE}</style><h1>本地收件箱 Local mailbox</h1>
<p><small>本机模拟的短信网关与邮件服务器，不会真正外发。Nothing here has left this machine. JSON: <a href="/mails">/mails</a>
<a href="/sms">/sms</a></small></p>
${section('短信 SMS', messages.length, smsRows)}${section('邮件 E-mail', mails.length, mailRows)}</html>`;
}

function newest<T>(list: readonly T[]): T[] {
  return list.slice(-SHOWN).reverse();
}

function section(title: string, count: number, rows: string[]): string {
  return `<h2>${title} (${count})</h2>${rows.join('') || '<p>暂无 Nothing yet</p>'}`;
}

function article(about: string, heading: string, text: string): string {
  return `<article><small>${escape(about)}</small> ${heading}<pre>${escape(text)}</pre></article>`;
}

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
