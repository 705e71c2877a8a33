using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Exporters;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using SmallTalk.Bench.Codec;

// What a frame costs the codec: the table in src/SmallTalk.Stomp/README.md.
//   dotnet run -c Release --project bench/SmallTalk.Bench.Codec -- --filter '*'
//   … -- --filter '*Escap*'      one class
// In this process: BenchmarkDotNet's own would build a project of its own under this repository's rules.
var config = ManualConfig.CreateEmpty()
    .AddJob(Job.ShortRun.WithToolchain(InProcessEmitToolchain.Instance).WithId("short"))
    .AddColumn(TargetMethodColumn.Method, StatisticColumn.Mean, StatisticColumn.Error, BaselineRatioColumn.RatioMean)
    .AddColumnProvider(DefaultColumnProviders.Params, DefaultColumnProviders.Metrics)
    .AddDiagnoser(new MemoryDiagnoser(new MemoryDiagnoserConfig(displayGenColumns: false)))
    .AddExporter(MarkdownExporter.GitHub)
    .AddLogger(ConsoleLogger.Default)
    .WithArtifactsPath(Path.Combine(Path.GetTempPath(), "smalltalk-bench-codec"));
BenchmarkSwitcher.FromTypes([typeof(Frames), typeof(Escaping)]).Run(args, config);
