using System.ComponentModel;
using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;
using OmniAudit.Modules.Settings;
using OmniAudit.Modules.Tools;
using OmniAudit.Web;
using OmniAudit.Web.Mcp;

namespace OmniAudit.Tests.Bench;

/// <summary>The MCP endpoint beside the reference TypeScript server, by the same client: a tool that gives its text back.</summary>
internal static class McpBench
{
    private static readonly TimeSpan Warm = TimeSpan.FromSeconds(15), Measured = TimeSpan.FromSeconds(6);

    /// <summary>The product as it is served, with one tool more. Says its address and runs until its input ends.</summary>
    public static async Task<int> ServeAsync(string data)
    {
        var options = new OmniAuditOptions { Data = data };
        options.App.Port = 0;
        await using var app = await OmniAuditServer.StartAsync(options, builder =>
        {
            builder.Services.AddSingleton(_ => ToolCatalog.FromAssemblies([typeof(ToolCatalog).Assembly, typeof(McpBench).Assembly]));
            // Beside the catalogue: what the endpoint itself costs, without gates and row.
            builder.Services.Configure<McpServerOptions>(mcp => mcp.ToolCollection = [McpServerTool.Create(WithoutRow, new McpServerToolCreateOptions { Name = "echo" })]);
        }, CancellationToken.None);
        Console.WriteLine(app.Urls.First());
        await Console.In.ReadToEndAsync();
        await app.StopAsync();
        return 0;
    }

    private static string WithoutRow(RequestContext<CallToolRequestParams> request, string message)
    {
        // Otherwise the endpoint records it as a call that never reached the runner.
        McpCaller.Of(request.User).IsRecorded = true;
        return $"Echo: {message}";
    }

    private const string Echo = """{"message":"hello"}""";

    /// <summary>One server, one tool, one load: to look into the server meanwhile.</summary>
    public static async Task<int> OneAsync(Uri url, string tool, int connections)
    {
        Print(connections, tool, await MeasureAsync(url, tool, Echo, connections), null);
        return 0;
    }

    public static async Task<int> CompareAsync(Uri ours, Uri peer)
    {
        Console.WriteLine($"{"connections",11}  {"server",-44} {"calls/s",8} {"p50 ms",8} {"p99 ms",8}   against the peer");
        foreach (var connections in new[] { 1, 16, 64 })
        {
            var theirs = await MeasureAsync(peer, "echo", Echo, connections);
            Print(connections, "npm server-everything", theirs, null);
            Print(connections, "OmniAudit's endpoint, a tool without the row", await MeasureAsync(ours, "echo", Echo, connections), theirs);
            Print(connections, "OmniAudit, with the durable audit row", await MeasureAsync(ours, "probe.echo_text", Echo, connections), theirs);
        }
        return 0;
    }

    private static async Task<CallLoad.Figures> MeasureAsync(Uri url, string tool, string arguments, int connections)
    {
        await CallLoad.RunAsync(url, tool, arguments, connections, Warm);
        return await CallLoad.RunAsync(url, tool, arguments, connections, Measured);
    }

    private static void Print(int connections, string server, CallLoad.Figures figures, CallLoad.Figures? peer) => Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
        $"{connections,11}  {server,-44} {figures.Rate,8:0} {figures.P50,8:0.00} {figures.P99,8:0.00}{(peer is null ? "" : $"   {figures.Rate / peer.Rate:0.0} x the calls, p99 {figures.P99 / peer.P99:0.00} x")}"));
}

/// <summary>Gives its text back.</summary>
internal sealed class EchoTool : ITool<EchoTool.Input, EchoTool.Output>
{
    public static ToolDefinition<Input> Definition { get; } = new()
    {
        Name = "probe.echo_text", Title = "Echo", Description = "Gives the message back.", Risk = ToolRisk.Read, Policy = ToolPolicy.None<Input>(),
    };

    internal sealed record Input
    {
        [Description("What to say")]
        public required string Message { get; init; }
    }

    internal sealed record Output(string Echo);

    public Task<Output> RunAsync(Input input, ToolCall call, CancellationToken cancellationToken) => Task.FromResult(new Output(input.Message));
}
