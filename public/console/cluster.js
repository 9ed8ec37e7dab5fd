// Looks at the cluster about once a second, as long as anybody can see the page, and tells what is new in words.

import { write } from '../dom.js';
import { t } from '../i18n.js';
import { ask } from './ask.js';
import { ClusterModel } from './cluster-model.js';
import { ClusterPicture } from './cluster-picture.js';
import { count } from './times.js';

const lookMs = 1_000;
// Where it cannot be asked, asking as often would not help.
const failedMs = 5_000;

/**
 * @param panel with an `svg`, a caption, and a status for what is new
 * @param replica says which one serves this page
 */
export function watchCluster(panel, replica) {
  const picture = new ClusterPicture(panel.querySelector('svg'));
  const caption = panel.querySelector('.caption');
  const news = panel.querySelector('.status');
  const model = new ClusterModel();
  let timer;
  let looking = false;

  function show(answer) {
    const now = performance.now();
    const { replicas, news: latest } = model.update(answer.replicas, now);
    picture.draw(replicas, replica(), now);
    const there = replicas.filter(({ goneMs }) => goneMs === undefined);
    const streams = there.reduce((sum, { streams: each }) => sum + each, 0);
    const note = picture.scale === 1 ? t('noteIsOne') : t('noteIsSome', { n: count(picture.scale) });
    write(caption, `${t('clusterSum', { replicas: count(there.length), streams: count(streams) })}${note}`);
    if (latest.length === 0) return;
    news.dataset.state = latest.some(([kind]) => kind === 'gone') ? 'refused' : 'sent';
    write(news, latest.map(([kind, name]) => t(`replicaNews.${kind}`, { name })).join(' '));
  }

  async function look() {
    if (looking || document.hidden) return;
    looking = true;
    let nextMs = lookMs;
    try {
      show(await ask('/cluster'));
      if (caption.dataset.failed) delete caption.dataset.failed;
    } catch ({ message }) {
      nextMs = failedMs;
      caption.dataset.failed = 'true';
      write(caption, `${t('clusterFailed')} ${message}`);
    }
    looking = false;
    timer = setTimeout(look, nextMs);
  }

  function lookNow() {
    clearTimeout(timer);
    void look();
  }

  document.addEventListener('visibilitychange', lookNow);
  lookNow();
  return { lookNow };
}
