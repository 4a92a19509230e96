using System.Diagnostics;
using System.Net.Sockets;
using System.Text;

namespace OmniAudit.Tests.Bench;

/// <summary>
/// One tool called over and over from N kept-alive connections, a session (2025-06-18) on each. Plain sockets and no JSON
/// parser: on a small machine the client must not be what is measured.
/// </summary>
internal static class CallLoad
{
    public sealed record Figures(double Rate, double P50, double P99, long Calls);

    public static async Task<Figures> RunAsync(Uri url, string tool, string arguments, int connections, TimeSpan time)
    {
        var lines = await Task.WhenAll(Enumerable.Range(0, connections).Select(_ => Line.OpenAsync(url)));
        try
        {
            var call = $$$"""{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"{{{tool}}}","arguments":{{{arguments}}}}}""";
            var began = Stopwatch.GetTimestamp();
            var latencies = await Task.WhenAll(lines.Select(line => Task.Run(() => line.RepeatAsync(call, began, time))));
            var seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
            var all = latencies.SelectMany(l => l).Order().ToArray();
            return new Figures(all.Length / seconds, all[all.Length / 2], all[(int)(all.Length * 0.99)], all.Length);
        }
        finally
        {
            foreach (var line in lines) line.Dispose();
        }
    }

    /// <summary>A connection and its session.</summary>
    private sealed class Line(Socket socket, Uri url) : IDisposable
    {
        private readonly byte[] _buffer = new byte[256 * 1024];
        private string _session = "";

        public static async Task<Line> OpenAsync(Uri url)
        {
            var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            await socket.ConnectAsync(url.Host, url.Port);
            var line = new Line(socket, url);
            var hello = await line.SendAsync(line.Request("""{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"bench","version":"1"}}}"""));
            const string Header = "mcp-session-id: ";
            var at = hello.IndexOf(Header, StringComparison.OrdinalIgnoreCase);
            if (at < 0) throw new InvalidOperationException($"No session: {hello}");
            line._session = hello[(at + Header.Length)..hello.IndexOf("\r\n", at, StringComparison.Ordinal)];
            await line.SendAsync(line.Request("""{"jsonrpc":"2.0","method":"notifications/initialized"}"""));
            return line;
        }

        public async Task<List<double>> RepeatAsync(string call, long began, TimeSpan time)
        {
            var request = Request(call);
            var latencies = new List<double>(100_000);
            while (Stopwatch.GetElapsedTime(began) < time)
            {
                var sent = Stopwatch.GetTimestamp();
                var length = await ExchangeAsync(request);
                latencies.Add(Stopwatch.GetElapsedTime(sent).TotalMilliseconds);
                var answer = _buffer.AsSpan(0, length);
                if (answer.IndexOf("\"result\""u8) < 0 || answer.IndexOf("\"isError\":true"u8) >= 0) throw new InvalidOperationException($"Not a result: {Encoding.UTF8.GetString(answer)}");
            }
            return latencies;
        }

        private byte[] Request(string body) => Encoding.UTF8.GetBytes(
            $"POST {url.AbsolutePath} HTTP/1.1\r\nHost: {url.Authority}\r\nContent-Type: application/json\r\nAccept: application/json, text/event-stream\r\n" +
            (_session.Length > 0 ? $"Mcp-Session-Id: {_session}\r\nMCP-Protocol-Version: 2025-06-18\r\n" : "") + $"Content-Length: {Encoding.UTF8.GetByteCount(body)}\r\n\r\n{body}");

        private async Task<string> SendAsync(byte[] request) => Encoding.UTF8.GetString(_buffer, 0, await ExchangeAsync(request));

        /// <summary>The whole response's length in the buffer.</summary>
        private async Task<int> ExchangeAsync(byte[] request)
        {
            await socket.SendAsync(request);
            var filled = 0;
            while (!IsWhole(_buffer.AsSpan(0, filled)))
            {
                var read = await socket.ReceiveAsync(_buffer.AsMemory(filled));
                if (read == 0) throw new InvalidOperationException($"The connection ended: {Encoding.UTF8.GetString(_buffer, 0, filled)}");
                filled += read;
            }
            return filled;
        }

        private static bool IsWhole(ReadOnlySpan<byte> response)
        {
            var head = response.IndexOf("\r\n\r\n"u8);
            if (head < 0) return false;
            // One request at a time, so the last chunk is at the end of what came.
            if (!response.StartsWith("HTTP/1.1 2"u8)) throw new InvalidOperationException(Encoding.UTF8.GetString(response));
            if (response.StartsWith("HTTP/1.1 202"u8) && response[..head].IndexOf("hunked"u8) < 0) return true;
            if (response[..head].IndexOf("hunked"u8) >= 0) return response.EndsWith("0\r\n\r\n"u8) && response.Length > head + 4;
            var text = Encoding.ASCII.GetString(response[..head]);
            var at = text.IndexOf("content-length: ", StringComparison.OrdinalIgnoreCase) + "content-length: ".Length;
            var end = text.IndexOf("\r\n", at, StringComparison.Ordinal);
            return response.Length >= head + 4 + int.Parse(text[at..(end < 0 ? text.Length : end)], System.Globalization.CultureInfo.InvariantCulture);
        }

        public void Dispose() => socket.Dispose();
    }
}
