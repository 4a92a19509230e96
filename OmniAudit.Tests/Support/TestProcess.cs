using System.Diagnostics;
using System.Text;

namespace OmniAudit.Tests.Support;

/// <summary>
/// This assembly as a process of its own (Program.cs). It is told one line at a time; its answers are the lines of its
/// output that begin with <see cref="Mark"/>, so that logs do not get in between.
/// </summary>
internal sealed class TestProcess : IAsyncDisposable
{
    public const string Mark = "@ ";
    private readonly Process _process;
    private readonly StringBuilder _rest = new();

    private TestProcess(Process process)
    {
        _process = process;
        _process.ErrorDataReceived += (_, line) => Keep(line.Data);
        _process.BeginErrorReadLine();
    }

    /// <summary>How it ended; 137 after SIGKILL.</summary>
    public int ExitCode => _process.ExitCode;

    /// <summary>What it wrote beside its answers.</summary>
    public string Rest
    {
        get { lock (_rest) return _rest.ToString(); }
    }

    public static TestProcess Start(string[] words, IReadOnlyDictionary<string, string>? environment = null)
    {
        var start = new ProcessStartInfo("dotnet", [typeof(TestProcess).Assembly.Location, .. words])
        {
            UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
        };
        foreach (var (key, value) in environment ?? new Dictionary<string, string>()) start.Environment[key] = value;
        return new TestProcess(Process.Start(start)!);
    }

    /// <summary>The same with a network of its own that has a loopback interface and nothing else. Ends at once, with a word of <c>unshare</c>'s, where the machine does not allow it.</summary>
    public static TestProcess StartInNamespace(string[] words)
    {
        var start = new ProcessStartInfo("unshare", ["-rn", "sh", "-c", "ip link set lo up && exec dotnet \"$@\"", "sh", typeof(TestProcess).Assembly.Location, .. words])
        {
            UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
        };
        return new TestProcess(Process.Start(start)!);
    }

    public static void Answer(string text) => Console.WriteLine(Mark + text);

    /// <summary>The next answer; null when it ended without one.</summary>
    public async Task<string?> ReadAsync()
    {
        while (await _process.StandardOutput.ReadLineAsync().WaitAsync(Eventually.Patience) is { } line)
        {
            if (line.StartsWith(Mark, StringComparison.Ordinal)) return line[Mark.Length..];
            Keep(line);
        }
        return null;
    }

    public async Task TellAsync(string line)
    {
        await _process.StandardInput.WriteLineAsync(line);
        await _process.StandardInput.FlushAsync();
    }

    public async Task<string> AskAsync(string line)
    {
        await TellAsync(line);
        return await ReadAsync() ?? throw new InvalidOperationException($"The process ended instead of answering: {Rest}");
    }

    /// <summary>Waits for its end, which comes without our doing.</summary>
    public async Task EndAsync()
    {
        using var patience = new CancellationTokenSource(Eventually.Patience);
        while (await ReadAsync() is not null) { }
        await _process.WaitForExitAsync(patience.Token);
    }

    /// <summary>SIGKILL: no handler runs, no buffer is flushed.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited) await KillAsync();
        _process.Dispose();
    }

    private void Keep(string? line)
    {
        if (line is null) return;
        lock (_rest) _rest.AppendLine(line);
    }
}
