using System.Diagnostics.Tracing;
using System.Globalization;
using Microsoft.Diagnostics.NETCore.Client;
using Microsoft.Diagnostics.Tracing;

namespace SmallTalk.Load;

/// <summary>How often SmallTalk has read its store: the counter <c>smalltalk.store.reads</c> of its process, as dotnet-counters would read it.</summary>
sealed class StoreReads : IDisposable
{
    const string Meter = "SmallTalk.Server";
    const string Counter = "smalltalk.store.reads";

    readonly Lock _gate = new();
    readonly EventPipeSession _session;
    readonly Thread _reading;
    readonly Dictionary<string, double> _values = [];
    int _publications;

    public StoreReads(int processId)
    {
        var provider = new EventPipeProvider("System.Diagnostics.Metrics", EventLevel.Informational, 2 /* TimeSeriesValues */, new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["SessionId"] = Guid.NewGuid().ToString(),
            ["Metrics"] = $"{Meter}\\{Counter}",
            ["RefreshInterval"] = "1",
            ["MaxTimeSeries"] = "100",
            ["MaxHistograms"] = "10",
        });
        _session = new DiagnosticsClient(processId).StartEventPipeSession(provider, requestRundown: false);
        _reading = new Thread(Read) { IsBackground = true };
        _reading.Start();
    }

    /// <summary>Waits until what has happened so far was published; then says how many there were in all since this began.</summary>
    public async Task<double> CountAsync(CancellationToken ct)
    {
        int before;
        lock (_gate)
            before = _publications;
        for (var i = 0; i < 100; i++)
        {
            lock (_gate)
            {
                if (_publications >= before + 2)
                    return _values.Values.Sum();
            }
            await Task.Delay(100, ct);
        }
        throw new InvalidOperationException($"The server publishes no {Counter}.");
    }

    public void Dispose()
    {
        _session.Stop();
        _reading.Join();
        _session.Dispose();
    }

    void Read()
    {
        using var source = new EventPipeEventSource(_session.EventStream);
        source.Dynamic.All += published =>
        {
            if (published.EventName != "CounterRateValuePublished")
                return;
            lock (_gate)
            {
                var key = (string)published.PayloadByName("tags");
                var rate = double.TryParse((string)published.PayloadByName("rate"), CultureInfo.InvariantCulture, out var given) ? given : 0;
                _values[key] = _values.GetValueOrDefault(key) + rate; // since the last publication
                _publications++;
            }
        };
        source.Process();
    }
}
