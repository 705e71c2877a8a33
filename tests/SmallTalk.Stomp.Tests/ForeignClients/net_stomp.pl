# libnet-stomp-perl of Debian, STOMP 1.1 on TCP. It has no heart-beats and doesn't escape.
use strict;
use warnings;
use Net::Stomp;

$| = 1;
my ($host, undef, $port, $login, $passcode) = @ARGV;
my $text = "안녕 👋 a";
my $large = 'x' x 1_500_000;

sub ok { print "ok $_[0]\n" }

sub same {
    my ($actual, $expected) = @_;
    die 'it was not as expected: ' . substr($actual // 'nothing', 0, 200) unless defined $actual && $actual eq $expected;
}

my $client = Net::Stomp->new({ hostname => $host, port => $port, timeout => 20, receipt_timeout => 20 });
my $connected = $client->connect({ login => $login, passcode => $passcode, 'accept-version' => '1.1', host => $host });
same($connected->command, 'CONNECTED');
ok('connect');

sub receive {
    my $frame = $client->receive_frame or die 'nothing came';
    die $frame->as_string if $frame->command eq 'ERROR';
    return $frame;
}

sub receipted {
    my ($frame) = @_;
    same($frame->command, 'RECEIPT');
}

$client->subscribe({ destination => '/topic/perl', id => 'topic', receipt => 'subscribed' });
receipted(receive());
ok('subscribe');

# Another connection sends: this client takes whatever comes first for its receipt.
my $sender = Net::Stomp->new({ hostname => $host, port => $port, timeout => 20, receipt_timeout => 20 });
$sender->connect({ login => $login, passcode => $passcode, 'accept-version' => '1.1', host => $host });
$sender->send_with_receipt({ destination => '/topic/perl', body => $text }) or die 'no receipt';
same(receive()->body, $text);
ok('send with receipt');

$client->subscribe({ destination => '/queue/perl', id => 'queue', ack => 'client-individual' });
$sender->send({ destination => '/queue/perl', body => 'ack' });
$client->ack({ frame => receive(), subscription => 'queue', receipt => 'acked' });
receipted(receive());
ok('ack');

$sender->send({ destination => '/queue/perl', body => 'nack' });
$client->nack({ frame => receive(), subscription => 'queue' });
my $again = receive();
same($again->body, 'nack');
$client->ack({ frame => $again, subscription => 'queue', receipt => 'acked' });
receipted(receive());
ok('nack');

$sender->send_transactional({ destination => '/topic/perl', body => 'together' }) or die 'no receipt';
same(receive()->body, 'together');
ok('transaction');

my $bytes = join '', map { chr } 0 .. 255;
$sender->send({ destination => '/topic/perl', body => $bytes, bytes_message => 1 });
same(receive()->body, $bytes);
ok('binary body');

$sender->send({ destination => '/topic/perl', body => $large });
same(receive()->body, $large);
ok('large body');

$sender->disconnect;
$client->disconnect;
ok('disconnect');
