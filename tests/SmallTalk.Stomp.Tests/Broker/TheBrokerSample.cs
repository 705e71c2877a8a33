using System.Diagnostics;
using System.Net;
using System.Text;
using System.Text.RegularExpressions;

namespace SmallTalk.Stomp.Tests;

/// <summary>samples/Broker as a process of its own, as people start it.</summary>
public partial class TheBrokerSample
{
    [Fact]
    public async Task S12_29_Speaks_on_both_transports_and_lets_in_who_knows_the_words()
    {
        await using var broker = await BrokerProcess.StartAsync(
            "--ws-port", "0", "--tcp-port", "0", "--login", "me", "--passcode", "p:a\\ss", "--max-frame-bytes", "100000");
        await using var tcp = await WirePeer.OpenTcpAsync(broker.Tcp);
        await tcp.SendAsync("CONNECT\naccept-version:1.2\nlogin:me\npasscode:p:a\\ss\n\n\0");
        await tcp.ReadAsync("CONNECTED");
        await tcp.SendAsync("SUBSCRIBE\nid:a\ndestination:/queue/a\nack:client\nreceipt:s\n\n\0");
        await tcp.ReceiptAsync("s");

        foreach (var path in new[] { "/", "/ws", "/stomp" })
        {
            await using var web = await WirePeer.OpenAsync(broker.Web, "v12.stomp", "", path);
            await web.SendAsync("CONNECT\naccept-version:1.2\nlogin:me\npasscode:p:a\\ss\n\n\0");
            await web.ReadAsync("CONNECTED");
            await web.SendAsync($"SEND\ndestination:/queue/a\nreceipt:r\n\n{path} {new string('x', 90_000)}\0");
            await web.ReceiptAsync("r");
            var message = await tcp.ReadAsync("MESSAGE");
            Assert.StartsWith($"{path} x", message.Text);
            await tcp.SendAsync($"ACK\nid:{message["ack"]}\nreceipt:ack\n\n\0");
            await tcp.ReceiptAsync("ack");
        }

        foreach (var credentials in new[] { "", "login:me\n", "login:me\npasscode:wrong\n", "login:you\npasscode:p:a\\ss\n" })
        {
            await using var stranger = await WirePeer.OpenTcpAsync(broker.Tcp);
            await stranger.SendAsync($"CONNECT\naccept-version:1.2\n{credentials}\n\0SEND\ndestination:/queue/a\n\nx\0");
            Assert.Equal("The credentials are not valid.", (await stranger.RefusedAsync(1008))["message"]);
        }

        await tcp.SendAsync($"SEND\ndestination:/queue/a\n\n{new string('x', 100_001)}\0");
        await tcp.RefusedAsync(1009);
    }

    [Theory]
    [InlineData("--login without --passcode", "belong together", "--login", "me")]
    [InlineData("a port that is none", "ws-port", "--ws-port", "70000")]
    [InlineData("a port that is no number", "tcp-port", "--tcp-port", "x")]
    [InlineData("a frame too small", "MaxFrameBytes", "--max-frame-bytes", "10")]
    public async Task Says_in_a_line_why_it_does_not_start(string what, string why, string key, string value)
    {
        var arguments = new[] { "--ws-port", "0", "--tcp-port", "0", key, value };

        var e = await Assert.ThrowsAsync<InvalidOperationException>(() => BrokerProcess.StartAsync(arguments));

        Assert.True(e.Message.Contains("can't start: ", StringComparison.Ordinal) && e.Message.Contains(why, StringComparison.Ordinal), $"{what}: {e.Message}");
        Assert.DoesNotContain("   at ", e.Message);
    }

    sealed partial class BrokerProcess : IAsyncDisposable
    {
        readonly Process _process;
        readonly StringBuilder _output = new();
        readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);

        BrokerProcess(string[] arguments)
        {
            _process = new Process
            {
                EnableRaisingEvents = true,
                StartInfo = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "SmallTalk.Broker.dll"), .. arguments])
                {
                    UseShellExecute = false,
                    RedirectStandardOutput = true,
                    RedirectStandardError = true,
                },
            };
            _process.OutputDataReceived += (_, line) => Hear(line.Data);
            _process.ErrorDataReceived += (_, line) => Hear(line.Data);
            _process.Start();
            _process.BeginOutputReadLine();
            _process.BeginErrorReadLine();
        }

        public IPEndPoint Web => EndPoint(WebLine());

        public IPEndPoint Tcp => EndPoint(TcpLine());

        public static async Task<BrokerProcess> StartAsync(params string[] arguments)
        {
            var broker = new BrokerProcess(arguments);
            var ended = broker._process.WaitForExitAsync(); // its output included
            if (await Task.WhenAny(broker._ready.Task, ended, Task.Delay(TimeSpan.FromSeconds(60))) == broker._ready.Task)
                return broker;
            var output = broker.Output;
            await broker.DisposeAsync();
            throw new InvalidOperationException($"The broker is not ready. {output}");
        }

        public ValueTask DisposeAsync()
        {
            if (!_process.HasExited)
                _process.Kill();
            _process.WaitForExit();
            _process.Dispose();
            return ValueTask.CompletedTask;
        }

        string Output
        {
            get
            {
                lock (_output)
                    return _output.ToString();
            }
        }

        IPEndPoint EndPoint(Regex line) => IPEndPoint.Parse(line.Match(Output).Groups["address"].Value);

        void Hear(string? line)
        {
            lock (_output)
                _output.AppendLine(line);
            if (line?.StartsWith("The broker is ready.", StringComparison.Ordinal) == true)
                _ready.TrySetResult();
        }

        [GeneratedRegex(@"ws://(?<address>[\d.]+:\d+)/ws", RegexOptions.ExplicitCapture, 1000)]
        private static partial Regex WebLine();

        [GeneratedRegex(@"TCP: (?<address>[\d.]+:\d+)", RegexOptions.ExplicitCapture, 1000)]
        private static partial Regex TcpLine();
    }
}
