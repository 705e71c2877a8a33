<?php
// php8.2-stomp of Debian (the PECL extension 2.0.3), STOMP 1.1 on TCP. It has no heart-beats. Where two frames come in one read with no
// LF between them, which is optional, it loses the first letter of the second; so one connection sends and another one listens.
[, $host, , $port, $login, $passcode] = $argv;
$text = '안녕 👋 a';
$large = str_repeat('ㄱ', 500000);

function ok(string $step): void
{
    echo "ok $step\n";
}

function same(mixed $actual, mixed $expected): void
{
    if ($actual !== $expected) {
        throw new Exception('it was not as expected: ' . substr(var_export($actual, true), 0, 200));
    }
}

$connect = ['accept-version' => '1.1', 'host' => $host];
$client = new Stomp("tcp://$host:$port", $login, $passcode, $connect);
$client->setReadTimeout(20);
$sender = new Stomp("tcp://$host:$port", $login, $passcode, $connect);
ok('connect');

function receive(Stomp $client): StompFrame
{
    $frame = $client->readFrame();
    if (!$frame) {
        throw new Exception('nothing came: ' . $client->error());
    }
    return $frame;
}

// With a receipt each of these waits for it.
same($client->subscribe('/topic/php', ['id' => 'topic', 'receipt' => 'subscribed']), true);
ok('subscribe');

same($sender->send('/topic/php', $text, ['receipt' => 'sent', 'x-header' => 'value']), true);
$frame = receive($client);
same($frame->body, $text);
same($frame->headers['x-header'], 'value');
ok('send with receipt');

same($client->subscribe('/queue/php', ['id' => 'queue', 'ack' => 'client-individual', 'receipt' => 'subscribed too']), true);
$sender->send('/queue/php', 'ack');
same($client->ack(receive($client), ['subscription' => 'queue', 'receipt' => 'acked']), true);
ok('ack');

$sender->send('/queue/php', 'nack');
$client->nack(receive($client), ['subscription' => 'queue']);
$again = receive($client);
same($again->body, 'nack');
same($client->ack($again, ['subscription' => 'queue', 'receipt' => 'acked again']), true);
ok('nack');

$sender->begin('undone', ['receipt' => 'b1']);
$sender->send('/topic/php', 'never', ['transaction' => 'undone']);
$sender->abort('undone', ['receipt' => 'a1']);
$sender->begin('done');
$sender->send('/topic/php', 'together', ['transaction' => 'done']);
$sender->commit('done');
same(receive($client)->body, 'together');
ok('transaction');

$bytes = implode('', array_map('chr', range(0, 255)));
$sender->send('/topic/php', $bytes, ['content-length' => '256']);
same(receive($client)->body, $bytes);
ok('binary body');

$sender->send('/topic/php', $large);
same(receive($client)->body, $large);
ok('large body');

unset($sender, $client); // their end is a DISCONNECT
ok('disconnect');
