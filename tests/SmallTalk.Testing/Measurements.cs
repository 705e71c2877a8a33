using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;

namespace SmallTalk.Testing;

/// <summary>What one meter of one server has measured since this began to listen.</summary>
public sealed class Measurements : IDisposable
{
    readonly MeterListener _listener = new();
    readonly ConcurrentQueue<(string Name, string? Unit, double Value, KeyValuePair<string, object?>[] Tags)> _all = [];

    public Measurements(TestServer server, string name)
    {
        var meter = server.Services.GetRequiredService<IMeterFactory>().Create(name); // this server's, not that of one beside it
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter == meter)
                listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<int>((instrument, value, tags, _) => Keep(instrument, value, tags));
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Keep(instrument, value, tags));
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Keep(instrument, value, tags));
        _listener.Start();
    }

    public IReadOnlyList<double> Of(string name, params (string Key, string Value)[] tags) =>
        [.. _all.Where(m => m.Name == name && tags.All(tag => m.Tags.Contains(new(tag.Key, tag.Value)))).Select(m => m.Value)];

    public double Sum(string name, params (string Key, string Value)[] tags) => Of(name, tags).Sum();

    /// <summary>What an observable instrument says now.</summary>
    public double Now(string name)
    {
        _listener.RecordObservableInstruments();
        return Of(name)[^1];
    }

    public override string ToString() =>
        string.Join('\n', _all.Select(m => $"{m.Name} {m.Value} {m.Unit} {string.Join(' ', m.Tags.Select(tag => $"{tag.Key}={tag.Value}"))}"));

    public void Dispose() => _listener.Dispose();

    void Keep(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags) =>
        _all.Enqueue((instrument.Name, instrument.Unit, value, tags.ToArray()));
}
