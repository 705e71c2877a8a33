namespace SmallTalk.Bench.Growth;

/// <summary>The same program as a plain server, so that its start can be measured.</summary>
static class Serving
{
    public const string Argument = "serve";
}
