using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace SmallTalk.Stomp;

/// <summary>All connections of this process, their one timer, and their end at shutdown.
/// <para>When the application stops, new handshakes are answered 503 and each connection gets its moment within
/// <see cref="StompOptions.DrainSpread"/>: then it handles no further frame, the outcomes under way become RECEIPTs, and it closes with 1001.
/// The web server waits for them, and whatever they write to stops after the web server.</para></summary>
public sealed class StompServer : IDisposable
{
    internal const int PulseMilliseconds = 250;

    readonly ConcurrentDictionary<string, StompSession> _sessions = new(StringComparer.Ordinal);
    readonly ITimer _timer;
    readonly CancellationTokenRegistration _stopping;
    readonly TimeSpan _drainSpread;
    long _drainStart;
    int _isPulsing;

    internal StompServer(
        IServiceProvider services, IOptions<StompOptions> options, IHostApplicationLifetime lifetime, TimeProvider clock, ILogger<StompServer> logger)
    {
        Services = services;
        Telemetry = new StompTelemetry(services.GetService<IMeterFactory>());
        Clock = clock;
        Logger = logger;
        _drainSpread = options.Value.DrainSpread;
        var pulse = TimeSpan.FromMilliseconds(PulseMilliseconds);
        _timer = clock.CreateTimer(static server => ((StompServer)server!).Pulse(), this, pulse, pulse);
        _stopping = lifetime.ApplicationStopping.Register(Drain);
    }

    /// <summary>How many connections there are, accepted or not yet.</summary>
    public int ConnectionCount => _sessions.Count;

    /// <summary>The connections at this moment.</summary>
    public IEnumerable<StompConnection> Connections => _sessions.Values.Select(session => session.Connection);

    /// <summary>The application is stopping.</summary>
    public bool IsDraining => Volatile.Read(ref _drainStart) != 0;

    internal IEnumerable<StompSession> Sessions => _sessions.Values;

    internal IServiceProvider Services { get; }

    internal TimeProvider Clock { get; }

    internal ILogger Logger { get; }

    internal StompTelemetry Telemetry { get; }

    internal static string NextId() => Guid.CreateVersion7().ToString("N");

    internal void Add(StompSession session)
    {
        _sessions.TryAdd(session.Connection.Id, session);
        Telemetry.ConnectionCame(session.Connection.Transport);
    }

    internal void Remove(StompSession session)
    {
        _sessions.TryRemove(session.Connection.Id, out _);
        Telemetry.ConnectionWent(session.Connection.Transport);
    }

    /// <summary>Stops the timer.</summary>
    public void Dispose()
    {
        _timer.Dispose();
        _stopping.Dispose();
    }

    void Drain()
    {
        Volatile.Write(ref _drainStart, Math.Max(1, Clock.GetTimestamp()));
        Pulse();
    }

    void Pulse()
    {
        if (Interlocked.Exchange(ref _isPulsing, 1) == 1)
            return; // the last one is late
        try
        {
            var now = Clock.GetTimestamp();
            var drained = DrainedShare(now);
            foreach (var (_, session) in _sessions)
            {
                if (drained > 0 && session.DrainMoment <= drained)
                    session.Drain();
                try
                {
                    session.Pulse(now);
                }
                catch (Exception e) // one connection's trouble must not stop the heart of the others
                {
                    session.Connection.ReportFault(e);
                }
            }
        }
        finally
        {
            Volatile.Write(ref _isPulsing, 0);
        }
    }

    /// <summary>0 before the drain, then growing to 1 and beyond while it goes on.</summary>
    double DrainedShare(long now)
    {
        var start = Volatile.Read(ref _drainStart);
        if (start == 0)
            return 0;
        return _drainSpread == TimeSpan.Zero ? 1 : Math.Max(double.Epsilon, Clock.GetElapsedTime(start, now) / _drainSpread);
    }
}
