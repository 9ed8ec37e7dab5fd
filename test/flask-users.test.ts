// A Flask app and replicas over a Redis with the users that are deployed: each has the rights that it needs, and no others.

import { expect, onTestFinished, test } from 'vitest';
import { startFlaskApp } from './support/flask-app.ts';
import { allReady, INTAKE } from './support/flask-intake.ts';
import { RedisUsers } from './support/guarded-redis.ts';
import { startReplica } from './support/replica.ts';
import { Subscriber } from './support/subscriber.ts';
import { describeWith } from './support/tools.ts';
import { until } from './support/until.ts';

describeWith(['redis-server', 'flask'], 'a Flask app with the rights of its user', () => {
  test('F1, F4: it publishes and streams, replicas take in and hand over, and not one command is refused', async () => {
    const users = new RedisUsers(INTAKE);
    onTestFinished(() => users.remove());
    const redis = await users.start();
    onTestFinished(() => redis.end());
    const app = await startFlaskApp(`redis://flask:${users.password('flask')}@127.0.0.1:${redis.port}`);
    onTestFinished(() => app.stop());
    const env = { ...users.environment(redis), ...INTAKE };
    const [one, two] = await Promise.all([startReplica(env), startReplica(env)]);
    onTestFinished(() => two.stop());
    await allReady([one, two]);
    const live = await Subscriber.open(two.url);
    onTestFinished(() => live.close());
    await live.next();
    // Its head comes with the first message.
    const opening = Subscriber.open(app.url, { query: 'channel=messages' });
    const listening = async () => (await redis.client.pubsub('NUMSUB', 'messages'))[1] === 3;
    await until('the app’s own stream listens, beside the replicas', listening);
    await app.post('/send', { message: 'first' });
    const own = await opening;
    onTestFinished(() => own.close());
    const streams = [live, own];
    for (const stream of streams) expect((await stream.next()).data).toBe('{"message": "first"}');
    await one.stop();
    await app.post('/send', { message: 'second' });
    for (const stream of streams) expect((await stream.next()).data).toBe('{"message": "second"}');
    expect(await redis.client.call('ACL', 'LOG')).toEqual([]);
    const may = (...words: string[]) => redis.client.call('ACL', 'DRYRUN', 'flask', ...words);
    for (const channel of ['fanfare:{0}:0', 'fanfare:{0}:flask:0'])
      expect(await may('PUBLISH', channel, 'x')).toMatch(/no permissions/i);
    for (const command of ['GET', 'DEL', 'HGETALL'])
      expect(await may(command, 'fanfare:{0}:flask')).toMatch(/no permissions/i);
  });
});
