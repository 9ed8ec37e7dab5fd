// The pages' words in both languages, and which of them this browser wants. The HTML holds the English words too, so
// that the pages make sense before (or without) this script; the words here win.

const en = {
  pages: 'Pages',
  navSend: 'Message',
  navLive: 'Live',
  sendTitle: 'Fanfare: send a message',
  sendHeading: 'Send a message',
  sendLede: 'Everyone who is listening hears it at once.',
  message: 'Message',
  channel: 'Channel',
  channelName: 'Channel name',
  send: 'Send',
  watch: 'Watch messages arrive',
  sending: 'Sending…',
  sent: 'Sent',
  refused: 'Not sent.',
  unavailable: 'The server did not confirm the message.',
  unreachable: 'The server could not be reached.',
  again: 'Your text is still here. Press Send again: it will not arrive twice.',
  liveTitle: 'Fanfare: live messages',
  liveHeading: 'Live messages',
  replica: 'Replica',
  channels: 'Channels',
  position: 'Position',
  waiting: 'Nothing yet. Messages appear here as they arrive.',
  newest: 'Go to the newest',
  emptyMessage: 'empty message',
  colon: ': ',
  connecting: 'Connecting',
  live: 'Live',
  reconnecting: 'Reconnecting',
  closed: 'Closed, trying again soon',
  forbidden: 'Not allowed: sign in, and it goes on by itself',
  'close.drain': 'this replica is shutting down',
  'close.age': 'this connection has reached its age limit',
  'close.expired': 'access has expired',
  'close.kicked': 'the server ended this connection',
  reset: 'Messages may be missing here.',
  'reset.trimmed':
    'The server no longer keeps everything since the last one you saw; it goes on with the oldest it has.',
  'reset.lost': 'The server’s message store may have lost some; it goes on with everything after that point.',
  'reset.unknown': 'The server does not know the position asked for; it goes on from now.',
};

/** @type {typeof en} */
const zh = {
  pages: '页面',
  navSend: '消息',
  navLive: '实时',
  sendTitle: 'Fanfare：发送消息',
  sendHeading: '发送消息',
  sendLede: '所有正在收听的人都会立刻收到。',
  message: '消息',
  channel: '频道',
  channelName: '频道名称',
  send: '发送',
  watch: '查看实时消息',
  sending: '正在发送…',
  sent: '已发送',
  refused: '未发送。',
  unavailable: '服务器未确认收到这条消息。',
  unreachable: '无法连接到服务器。',
  again: '内容仍保留在此处。请再次点击“发送”：消息不会重复送达。',
  liveTitle: 'Fanfare：实时消息',
  liveHeading: '实时消息',
  replica: '副本',
  channels: '频道',
  position: '位置',
  waiting: '暂无消息。新消息到达后会显示在这里。',
  newest: '跳到最新',
  emptyMessage: '空消息',
  colon: '：',
  connecting: '正在连接',
  live: '实时接收中',
  reconnecting: '正在重新连接',
  closed: '连接已关闭，稍后重试',
  forbidden: '没有权限：登录后会自动继续',
  'close.drain': '此副本正在停止服务',
  'close.age': '此连接已达到最长时限',
  'close.expired': '访问权限已过期',
  'close.kicked': '服务器结束了此连接',
  reset: '此处可能缺少消息。',
  'reset.trimmed': '服务器已不再保留您上次看到之后的全部消息；将从现存最早的一条继续。',
  'reset.lost': '服务器的消息存储可能丢失了部分消息；将从该处之后继续。',
  'reset.unknown': '服务器无法识别所请求的位置；将从现在开始继续。',
};

// The reader's order of preference decides: en before zh is a wish for English.
const wanted = navigator.languages.find((tag) => /^(zh|en)\b/i.test(tag)) ?? 'en';

/** The language of the page, for `lang` and for writing times. */
export const lang = /^zh/i.test(wanted) ? 'zh-CN' : 'en';

const words = lang === 'zh-CN' ? zh : en;

/** The text for a key, or '' where there is none (a reason that a newer server may send). */
export const t = (key) => words[key] ?? '';

/** Puts the words into the page: `data-i18n` names the text of an element, `data-i18n-label` its aria-label. */
export function translate() {
  document.documentElement.lang = lang;
  for (const element of document.querySelectorAll('[data-i18n]')) element.textContent = t(element.dataset.i18n);
  for (const element of document.querySelectorAll('[data-i18n-label]')) {
    element.ariaLabel = t(element.dataset.i18nLabel);
  }
}
