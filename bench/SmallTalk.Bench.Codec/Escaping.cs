using System.Buffers;
using System.Text;
using BenchmarkDotNet.Attributes;
using SmallTalk.Stomp;
using SmallTalk.Stomp.Tests;

namespace SmallTalk.Bench.Codec;

/// <summary>"escape": what the vectorised search for something to escape gains over looking at octet after octet.</summary>
public class Escaping
{
    readonly ArrayBufferWriter<byte> _output = new(4096);
    byte[] _value = [];

    /// <summary>A destination; the same with a colon; a long value without and with some of everything.</summary>
    [Params("/topic/rooms/0199c2f4-6f0e-7cc1-9d57-1f2e3d4c5b6a", "urn:rooms/0199c2f4-6f0e-7cc1-9d57-1f2e3d4c5b6a", "long", "long:\\")]
    public string Value { get; set; } = "";

    [GlobalSetup]
    public void Prepare() => _value = Encoding.UTF8.GetBytes(Value switch
    {
        "long" => new string('x', 1000),
        "long:\\" => string.Concat(Enumerable.Repeat("a value: with a \\ and\n", 45)),
        _ => Value,
    });

    [Benchmark(Baseline = true)]
    public int Plain()
    {
        _output.ResetWrittenCount();
        PlainEscaping.Write(_output, StompVersion.V12, _value);
        return _output.WrittenCount;
    }

    [Benchmark]
    public int Vectorised()
    {
        _output.ResetWrittenCount();
        HeaderEscaping.Write(_output, StompVersion.V12, _value);
        return _output.WrittenCount;
    }
}
