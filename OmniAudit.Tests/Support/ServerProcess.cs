using System.Diagnostics;
using System.Text;
using OmniAudit.Modules.Settings;
using OmniAudit.Web;

namespace OmniAudit.Tests.Support;

/// <summary>The product as a process of its own, started like a user starts it and killed like a machine kills it.</summary>
internal sealed class ServerProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly StringBuilder _errors = new();

    private ServerProcess(Process process, Uri url) => (_process, Url) = (process, url);

    public Uri Url { get; }

    public static async Task<ServerProcess> StartAsync(string data, int port, IReadOnlyDictionary<string, string>? settings = null)
    {
        await TestDatabase.AssignAsync(new OmniAuditOptions { Data = data });
        var server = new ServerProcess(Start(["serve"], data, port, settings), new Uri($"http://127.0.0.1:{port}"));
        server._process.ErrorDataReceived += (_, line) => { lock (server._errors) server._errors.AppendLine(line.Data); };
        server._process.BeginErrorReadLine();
        server._process.OutputDataReceived += (_, _) => { };
        server._process.BeginOutputReadLine();
        using var http = new HttpClient { BaseAddress = server.Url };
        await Eventually.TrueAsync(async () =>
        {
            if (server._process.HasExited) throw new InvalidOperationException($"The server ended with {server._process.ExitCode}: {server._errors}");
            try
            {
                return (await http.GetAsync("/healthz")).IsSuccessStatusCode;
            }
            catch (HttpRequestException)
            {
                return false;
            }
        }, "the server answers /healthz");
        return server;
    }

    /// <summary>Runs a verb to its end.</summary>
    public static async Task<(int ExitCode, string Output, string Errors)> RunAsync(string[] arguments, string data, IReadOnlyDictionary<string, string>? settings = null)
    {
        using var process = Start(arguments, data, 8080, settings);
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync().WaitAsync(TimeSpan.FromMinutes(1));
        return (process.ExitCode, await output, await errors);
    }

    private static Process Start(string[] arguments, string data, int port, IReadOnlyDictionary<string, string>? settings)
    {
        var start = new ProcessStartInfo("dotnet", [typeof(OmniAuditServer).Assembly.Location, .. arguments]) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["OMNIAUDIT_DATA"] = data;
        foreach (var (key, value) in TestDatabase.Settings(data)) start.Environment[key] = value;
        start.Environment["APP_PORT"] = port.ToString();
        foreach (var (key, value) in settings ?? new Dictionary<string, string>()) start.Environment[key] = value;
        return Process.Start(start)!;
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
}
