using System.Globalization;
using System.Text;

namespace SmallTalk.TerminalChat;

/// <summary>Where lines come from and go to. What others wrote is shown without anything that a terminal would obey.</summary>
abstract class Screen : IAsyncDisposable
{
    readonly Lock _gate = new();

    /// <summary>With colours and a line to type in, or, where input or output is redirected, plain lines.</summary>
    public static Screen Open()
    {
        Console.OutputEncoding = Encoding.UTF8;
        Console.InputEncoding = Encoding.UTF8;
        return Console.IsInputRedirected || Console.IsOutputRedirected ? new PlainScreen() : new TerminalScreen();
    }

    public void Say(string text, Ink ink = Ink.Plain)
    {
        lock (_gate)
            Write(Harmless(text), ink);
    }

    public void Complain(string text) => Say($"! {text}", Ink.Warning);

    /// <returns>Null at the end of the input.</returns>
    public abstract Task<string?> ReadAsync(string prompt, bool isSecret, CancellationToken ct);

    public virtual ValueTask DisposeAsync() => ValueTask.CompletedTask;

    protected abstract void Write(string text, Ink ink);

    protected Lock Gate => _gate;

    /// <summary>Escape sequences could move the cursor, change the title or paste into the keyboard; marks of direction could turn
    /// what others wrote around.</summary>
    public static string Harmless(string text)
    {
        var clean = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            if (rune.Value is '\n')
                clean.Append('\n').Append("    ");
            else if (Rune.IsControl(rune) || rune.Value is (>= 0x202A and <= 0x202E) or (>= 0x2066 and <= 0x2069) or 0x2028 or 0x2029)
                clean.Append('\uFFFD');
            else
                clean.Append(rune.ToString());
        }

        return clean.ToString();
    }
}

enum Ink
{
    Plain,
    Faint,
    Name,
    Warning,
}

sealed class PlainScreen : Screen
{
    public override async Task<string?> ReadAsync(string prompt, bool isSecret, CancellationToken ct) => await Console.In.ReadLineAsync(ct);

    protected override void Write(string text, Ink ink) => Console.Out.WriteLine(text);
}

/// <summary>What is typed stays at the foot, whatever comes meanwhile.</summary>
sealed class TerminalScreen : Screen
{
    readonly StringBuilder _typed = new();
    string _prompt = "";
    bool _isSecret;
    bool _isReading;

    public override Task<string?> ReadAsync(string prompt, bool isSecret, CancellationToken ct) => Task.Run(() => Read(prompt, isSecret, ct), ct);

    protected override void Write(string text, Ink ink)
    {
        var colour = ink switch
        {
            Ink.Faint => "\e[2m",
            Ink.Name => "\e[1;36m",
            Ink.Warning => "\e[33m",
            _ => "",
        };
        Console.Write($"\r\e[2K{colour}{text}\e[0m\n");
        Draw();
    }

    string? Read(string prompt, bool isSecret, CancellationToken ct)
    {
        lock (Gate)
        {
            (_prompt, _isSecret, _isReading) = (prompt, isSecret, true);
            _typed.Clear();
            Draw();
        }

        while (true)
        {
            while (!Console.KeyAvailable)
            {
                if (ct.WaitHandle.WaitOne(20))
                    ct.ThrowIfCancellationRequested();
            }

            var key = Console.ReadKey(intercept: true);
            lock (Gate)
            {
                if (key.Key == ConsoleKey.Enter || (key.Key == ConsoleKey.D && key.Modifiers == ConsoleModifiers.Control && _typed.Length == 0))
                {
                    Console.Write("\r\e[2K");
                    _isReading = false;
                    return key.Key == ConsoleKey.Enter ? _typed.ToString() : null;
                }

                if (key.Key == ConsoleKey.Backspace && _typed.Length > 0)
                    _typed.Length = StringInfo.ParseCombiningCharacters(_typed.ToString())[^1];
                else if (key.KeyChar != '\0' && !char.IsControl(key.KeyChar))
                    _typed.Append(key.KeyChar);
                Draw();
            }
        }
    }

    void Draw()
    {
        if (!_isReading)
            return;
        // Only the end that surely fits one line, where a Korean syllable takes two places.
        var room = Math.Max(10, (Console.WindowWidth - _prompt.Length - 1) / 2);
        var shown = _isSecret ? new string('•', _typed.Length) : _typed.ToString();
        Console.Write($"\r\e[2K{_prompt}{(shown.Length > room ? shown[^room..] : shown)}");
    }
}
