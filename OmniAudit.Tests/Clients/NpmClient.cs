using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Text.Json;

namespace OmniAudit.Tests.Clients;

/// <summary>The npm SDK's client in a process of its own, over Streamable HTTP or stdio.</summary>
internal sealed class NpmClient : IAsyncDisposable
{
    private readonly Process _node;

    private NpmClient(Process node) => _node = node;

    public static Task<NpmClient> ConnectAsync(Uri server, string? key = null) => ConnectAsync([new Uri(server, "/mcp").ToString(), .. key is null ? Array.Empty<string>() : [key]]);

    /// <summary>The client starts the server itself and speaks to it over standard input and output.</summary>
    public static Task<NpmClient> ConnectByStdioAsync(string command, string[] arguments, IReadOnlyDictionary<string, string> environment) =>
        ConnectAsync(["stdio:", JsonSerializer.Serialize(new { command, args = arguments, env = environment })]);

    private static async Task<NpmClient> ConnectAsync(string[] target)
    {
        var directory = Directory();
        if (!System.IO.Directory.Exists(Path.Combine(directory, "node_modules")))
            throw new InvalidOperationException("The npm client is not installed: run ./test.sh, or npm ci in OmniAudit.Tests/Clients.");
        var start = new ProcessStartInfo("node", [Path.Combine(directory, "session.mjs"), .. target])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            WorkingDirectory = directory,
        };
        var client = new NpmClient(Process.Start(start)!);
        await client.SendAsync(new { op = "connect" });
        return client;
    }

    public Task<JsonElement> ListToolsAsync() => SendAsync(new { op = "list" });

    public Task<JsonElement> CallAsync(string name, object arguments) => SendAsync(new { op = "call", name, arguments });

    private async Task<JsonElement> SendAsync(object request)
    {
        await _node.StandardInput.WriteLineAsync(JsonSerializer.Serialize(request));
        var line = await _node.StandardOutput.ReadLineAsync().WaitAsync(TimeSpan.FromMinutes(3)) ?? throw new InvalidOperationException("The npm client ended.");
        var answer = JsonDocument.Parse(line).RootElement;
        return answer.TryGetProperty("ok", out var ok) ? ok : throw new InvalidOperationException(answer.GetProperty("error").GetRawText());
    }

    private static string Directory([CallerFilePath] string file = "") => Path.GetDirectoryName(file)!;

    public async ValueTask DisposeAsync()
    {
        _node.StandardInput.Close();
        await _node.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(10)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!_node.HasExited) _node.Kill(entireProcessTree: true);
        _node.Dispose();
    }
}
