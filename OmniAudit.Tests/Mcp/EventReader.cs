using System.Text.Json;
using OmniAudit.Tests.Support;

namespace OmniAudit.Tests.Mcp;

/// <summary>The messages of an open event stream, as they come.</summary>
internal sealed class EventReader : IAsyncDisposable
{
    private readonly HttpResponseMessage _response;
    private readonly StreamReader _lines;

    private EventReader(HttpResponseMessage response, StreamReader lines) => (_response, _lines) = (response, lines);

    public static async Task<EventReader> OpenAsync(TestApp app, McpMessage message)
    {
        using var request = message.ToHttp();
        var response = await app.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        return new EventReader(response, new StreamReader(await response.Content.ReadAsStreamAsync()));
    }

    /// <summary>The next line that is not empty; null at the end.</summary>
    public async Task<string?> LineAsync()
    {
        while (true)
        {
            var line = await _lines.ReadLineAsync().WaitAsync(Eventually.Patience);
            if (line is null or { Length: > 0 }) return line;
        }
    }

    /// <summary>The next message; comments and event names are passed over.</summary>
    public async Task<JsonElement> NextAsync()
    {
        while (true)
        {
            var line = await LineAsync() ?? throw new Xunit.Sdk.XunitException("The stream has ended.");
            if (line.StartsWith("data: ", StringComparison.Ordinal)) return JsonDocument.Parse(line["data: ".Length..]).RootElement;
        }
    }

    public ValueTask DisposeAsync()
    {
        _lines.Dispose();
        _response.Dispose();
        return ValueTask.CompletedTask;
    }
}
