using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;

namespace SmallTalk.Stomp.Tests;

/// <summary>What an operator sees.</summary>
public class Telemetry
{
    [Fact]
    public async Task Meters_count_connections_subscriptions_frames_bytes_and_refusals()
    {
        await using var host = await StompHost.StartAsync(map: stomp => stomp.MapSend("/app/no/{n}", (int n) => StompRefusals.NotAllowed));
        using var seen = new Measurements(host);
        await using var peer = await host.ConnectAsync();
        await peer.SendAsync("SUBSCRIBE\nid:e\ndestination:/user/queue/errors\n\n\0SUBSCRIBE\nid:a\ndestination:/topic/echo\nreceipt:1\n\n\0");
        await peer.ReceiptAsync("1");
        Assert.Equal((1, 2), (seen.Sum("stomp.server.connections", "stomp.transport", "websocket"), seen.Sum("stomp.server.subscriptions")));

        await peer.SendAsync("SEND\ndestination:/app/echo\n\nhi\0SEND\ndestination:/app/no/7\n\n\0DISCONNECT\nreceipt:2\n\n\0");
        await peer.ReadAsync("MESSAGE");
        await peer.ReadAsync("MESSAGE");
        await peer.ReceiptAsync("2");
        await peer.ClosedAsync(1000);
        await peer.SendCloseAsync();
        await Eventually.TrueAsync(() => host.Server.ConnectionCount == 0);

        Assert.Equal((0, 0), (seen.Sum("stomp.server.connections"), seen.Sum("stomp.server.subscriptions")));
        Assert.Equal(2, seen.Sum("stomp.server.frames.received", "messaging.operation.name", "send"));
        Assert.Equal(6, seen.Sum("stomp.server.frames.received"));
        Assert.Equal(1, seen.Sum("messaging.server.sent.messages", "messaging.destination.template", "/topic/echo"));
        Assert.Equal(1, seen.Sum("stomp.server.refusals", "error.type", "not-allowed"));
        Assert.InRange(seen.Sum("stomp.server.io.received"), 200, 400);
        Assert.InRange(seen.Sum("stomp.server.io.sent"), 300, 900);
        Assert.Equal(1, seen.Count("messaging.process.duration", "messaging.destination.template", "/app/echo"));
        Assert.Equal(1, seen.Count("messaging.process.duration", "error.type", "not-allowed"));
        Assert.All(seen.All, measurement => Assert.Contains(new("messaging.system", "stomp"), measurement.Tags));
    }

    [Fact]
    public async Task A_protocol_fault_and_a_slow_reader_are_counted()
    {
        await using var host = await StompHost.StartAsync(options => options.MaxUnacknowledged = 1, stomp => stomp.MapBroker());
        using var seen = new Measurements(host);
        await using var faulty = await host.ConnectAsync();
        await faulty.SendAsync("NONSENSE\n\n\0");
        await faulty.RefusedAsync(1002);
        await using var slow = await host.ConnectAsync();

        await slow.SendAsync("SUBSCRIBE\nid:a\nack:client\ndestination:/topic/a\n\n\0SEND\ndestination:/topic/a\n\n1\0SEND\ndestination:/topic/a\n\n2\0");
        await slow.RefusedAsync(1013); // what waited for one who is too slow is dropped

        Assert.Equal(1, seen.Sum("stomp.server.refusals", "error.type", "protocol"));
        Assert.Equal(1, seen.Sum("stomp.server.overflows"));
    }

    [Fact]
    public async Task A_frame_without_a_parent_begins_a_trace_of_its_own()
    {
        var activities = new ConcurrentQueue<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name is StompTelemetry.Name or "Microsoft.AspNetCore",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = activity =>
            {
                if (activity.DisplayName == "send /app/parentless/{n}")
                    activities.Enqueue(activity);
            },
        };
        ActivitySource.AddActivityListener(listener);
        await using var host = await StompHost.StartAsync(map: stomp => stomp.MapSend("/app/parentless/{n}", (int n) => { }));
        await using var peer = await host.ConnectAsync();

        await peer.SendAsync("SEND\ndestination:/app/parentless/1\n\na\0SEND\ndestination:/app/parentless/2\nreceipt:r\n\nb\0");
        await peer.ReceiptAsync("r");

        await Eventually.TrueAsync(() => activities.Count == 2);
        Assert.All(activities, activity => Assert.Equal(default, activity.ParentSpanId));
        Assert.Equal(2, activities.Select(activity => activity.TraceId).Distinct().Count());
    }

    [Fact]
    public async Task AMB_16_Headers_that_a_receiver_cannot_be_told_are_counted()
    {
        await using var host = await StompHost.StartAsync();
        using var seen = new Measurements(host);
        await using var sender = await host.ConnectAsync();
        await using var old = await host.ConnectAsync("1.0");
        await using var present = await host.ConnectAsync("1.2");
        foreach (var peer in new[] { old, present })
        {
            await peer.SendAsync("SUBSCRIBE\nid:s\ndestination:/topic/echo\nreceipt:r\n\n\0");
            await peer.ReceiptAsync("r");
        }

        await sender.SendAsync("SEND\ndestination:/app/echo\nfine:a\nline:a\\nb\nna\\cme:c\nreceipt:r\n\n\0");
        await sender.ReceiptAsync("r");

        Assert.Equal(2, seen.Sum("stomp.server.headers.left_out"));
    }

    [Fact]
    public async Task A_frame_is_an_activity_whose_parent_the_client_names()
    {
        const string Trace = "4bf92f3577b34da6a3ce929d0e0e4736";
        var activities = new ConcurrentQueue<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == StompTelemetry.Name,
            Sample = (ref ActivityCreationOptions<ActivityContext> options) =>
                options.Parent.TraceId.ToHexString() == Trace ? ActivitySamplingResult.AllData : ActivitySamplingResult.None,
            ActivityStopped = activities.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);
        string? inside = null;
        await using var host = await StompHost.StartAsync(map: stomp =>
        {
            stomp.MapSend("/app/trace/{n}", (int n) => { inside = Activity.Current?.TraceId.ToHexString(); });
            stomp.MapSend("/app/broken/{n}", void (int n) => throw new TimeoutException());
        });
        await using var peer = await host.ConnectAsync();

        await peer.SendAsync($"SEND\ndestination:/app/trace/7\ntraceparent:00-{Trace}-00f067aa0ba902b7-01\nreceipt:1\n\nabc\0");
        await peer.ReceiptAsync("1");
        await peer.SendAsync($"SEND\ndestination:/app/broken/7\ntraceparent:00-{Trace}-00f067aa0ba902b7-01\n\nabc\0");
        await peer.RefusedAsync(1011);

        await Eventually.TrueAsync(() => activities.Count == 2);
        var (fine, broken) = (activities.First(), activities.Last());
        Assert.Equal(Trace, inside);
        Assert.Equal(("send /app/trace/{n}", ActivityKind.Consumer, "00f067aa0ba902b7"), (fine.DisplayName, fine.Kind, fine.ParentSpanId.ToHexString()));
        Assert.Equal(("stomp", "send", "/app/trace/{n}", "/app/trace/7", 3),
            (fine.GetTagItem("messaging.system"), fine.GetTagItem("messaging.operation.name"), fine.GetTagItem("messaging.destination.template"),
                fine.GetTagItem("messaging.destination.name"), fine.GetTagItem("messaging.message.body.size")));
        Assert.Equal((ActivityStatusCode.Error, "System.TimeoutException"), (broken.Status, broken.GetTagItem("error.type")));
    }

    sealed class Measurements : IDisposable
    {
        readonly MeterListener _listener = new();

        public Measurements(StompHost host)
        {
            var meter = host.Services.GetRequiredService<StompServer>().Telemetry.Meter; // of this host, not of those beside it
            _listener.InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter == meter)
                    listener.EnableMeasurementEvents(instrument);
            };
            _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => All.Enqueue((instrument.Name, value, tags.ToArray())));
            _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => All.Enqueue((instrument.Name, value, tags.ToArray())));
            _listener.Start();
        }

        public ConcurrentQueue<(string Name, double Value, KeyValuePair<string, object?>[] Tags)> All { get; } = [];

        public double Sum(string name, string? tag = null, string? value = null) => Of(name, tag, value).Sum(m => m.Value);

        public int Count(string name, string? tag = null, string? value = null) => Of(name, tag, value).Count();

        public void Dispose() => _listener.Dispose();

        IEnumerable<(string Name, double Value, KeyValuePair<string, object?>[] Tags)> Of(string name, string? tag, string? value) =>
            All.Where(m => m.Name == name && (tag is null || m.Tags.Contains(new(tag, value))));
    }
}
