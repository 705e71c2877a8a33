using System.Diagnostics;

namespace SmallTalk.Testing;

/// <summary>The server's program as an operator runs it, to its end.</summary>
public sealed record ServerCommand(int Code, string Output, string Errors)
{
    public static async Task<ServerCommand> RunAsync(params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [typeof(Server.Program).Assembly.Location, .. arguments])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        try
        {
            var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
            await process.WaitForExitAsync().WaitAsync(TimeSpan.FromMinutes(3));
            return new ServerCommand(process.ExitCode, await output, await errors);
        }
        finally
        {
            process.Kill(); // if it is there still
        }
    }

    /// <summary>On the store of this run that belongs to the folder.</summary>
    public static async Task<ServerCommand> RunOnAsync(string folder, params string[] arguments) =>
        await RunAsync([.. arguments, "--data", folder, .. (await TestStore.SettingsAsync(folder)).Select(setting => $"--{setting.Key}={setting.Value}")]);
}
