using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using OmniAudit.Modules.Tools.Policies;

namespace OmniAudit.Modules.SiteLint.Fence;

/// <summary>Connects to an address that was vetted. Replaced in tests only.</summary>
internal delegate Task<Socket> FenceDialer(IPEndPoint endPoint, CancellationToken cancellationToken);

/// <summary>
/// The only way out of a scan's browser: a forward proxy on a loopback port of its own, for one job. For every request and tunnel it
/// resolves the host once, judges all answers, dials a judged address itself and looks at where it ended up: a name that changes
/// its answer between the check and the use gains nothing. Understands absolute-form HTTP requests and CONNECT, nothing else.
/// </summary>
internal sealed class FilteringProxy : IAsyncDisposable
{
    /// <summary>On answers of the fence itself; the value starts with <see cref="Mark"/>, which no site can know.</summary>
    public const string MarkHeader = "x-omniaudit-fence";

    /// <summary>Where Chromium itself calls, switched off or not: part of no page, so no page's findings either.</summary>
    private static readonly HashSet<string> VendorHosts = new(
        [
            "clients2.google.com", "clients4.google.com", "clients2.googleusercontent.com", "android.clients.google.com", "update.googleapis.com", "edgedl.me.gvt1.com", "redirector.gvt1.com",
            "optimizationguide-pa.googleapis.com", "content-autofill.googleapis.com", "clientservices.googleapis.com", "safebrowsing.googleapis.com", "safebrowsingohttpgateway.googleapis.com", "mtalk.google.com",
        ], StringComparer.OrdinalIgnoreCase);

    private readonly UrlPolicy _policy;
    private readonly FenceDialer _dial;
    private readonly FenceLimits _limits;
    private readonly TimeProvider _time;
    private readonly FenceBudget _budget;
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentDictionary<Task, bool> _open = new();
    private readonly Task _accepting;
    private int _openCount;
    private int _totalCount;

    public FilteringProxy(UrlPolicy policy, FenceLimits limits, TimeProvider time, FenceDialer? dial = null)
    {
        _policy = policy;
        _limits = limits;
        _time = time;
        _dial = dial ?? DialAsync;
        _budget = new FenceBudget(limits.TotalBytes, limits.PageBytes);
        Ledger = new FenceLedger(limits.LedgerEntries);
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen(512);
        EndPoint = (IPEndPoint)_listener.LocalEndPoint!;
        _accepting = AcceptAsync();
    }

    public IPEndPoint EndPoint { get; }

    public FenceLedger Ledger { get; }

    /// <summary>Random per job: tells the fence's own answers from a site's imitation.</summary>
    public string Mark { get; } = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));

    /// <summary>A page is about to be visited: it has its own allowance of bytes.</summary>
    public void StartPage() => _budget.StartPage();

    /// <summary>Which limits were hit since this was last asked, each once, in words.</summary>
    public IReadOnlyList<string> TakeTrips() => Ledger.TakeTrips();

    /// <summary>Closes every connection and waits for them to be gone.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Dispose();
        await _accepting;
        await Task.WhenAll(_open.Keys);
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            Socket socket;
            try
            {
                socket = await _listener.AcceptAsync(_stop.Token);
            }
            catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException)
            {
                return;
            }
            catch (SocketException)
            {
                // One peer that vanished before it was accepted; the next may come.
                continue;
            }
            var tooMany = ++_totalCount > _limits.TotalConnections || Volatile.Read(ref _openCount) >= _limits.OpenConnections;
            if (tooMany)
            {
                Note("any", "", 0, "", "over_limit", "Too many connections.");
                socket.Dispose();
                continue;
            }
            Interlocked.Increment(ref _openCount);
            var serving = Task.Run(() => ServeAsync(socket));
            _open[serving] = true;
            _ = serving.ContinueWith(t =>
            {
                _open.TryRemove(t, out _);
                Interlocked.Decrement(ref _openCount);
            }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        using var client = new FenceConnection(socket, _limits, _budget);
        socket.NoDelay = true;
        try
        {
            var bytes = await client.ReadHeadAsync(_stop.Token);
            if (bytes is null) return;
            await RouteAsync(client, HttpHead.Parse(bytes));
        }
        catch (FenceLimitException e)
        {
            Note("any", "", 0, "", "over_limit", e.Message);
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // The peer went away, idled too long, or the job is over: closing is all there is to do.
        }
    }

    private async Task RouteAsync(FenceConnection client, HttpHead? head)
    {
        var line = head?.FirstLine.Split(' ') ?? [];
        if (head is null || line.Length != 3 || line[2] is not ("HTTP/1.1" or "HTTP/1.0"))
        {
            await RefuseAsync(client, 400, "malformed", "", 0, "request_malformed", "The request is not HTTP/1.1.");
        }
        else if (line[0] == "CONNECT")
        {
            if (WebTarget.TrySplitAuthority(line[1], 0, out var host, out var port, out var problem) && port > 0) await TunnelAsync(client, host, port);
            else await RefuseAsync(client, 400, "connect", Shown(line[1]), 0, "url_invalid", $"'{Shown(line[1])}' cannot be used: {problem}.");
        }
        else if (!WebTarget.TryParse(line[1], out var target, out var problem) || target.Scheme != "http")
        {
            await RefuseAsync(client, 400, "malformed", Shown(line[1]), 0, "url_invalid", $"'{Shown(line[1])}' cannot be used: {(problem.Length > 0 ? problem : "https goes through CONNECT")}.");
        }
        else
        {
            await ForwardAsync(client, head, line[0], target);
        }
    }

    private async Task TunnelAsync(FenceConnection client, string host, int port)
    {
        using var upstream = await OpenAsync(client, "connect", host, port);
        if (upstream is null) return;
        await client.SendAsync("HTTP/1.1 200 Connection established\r\n\r\n"u8.ToArray(), _stop.Token);
        await PumpAsync(client.CopyToAsync(upstream, null, _stop.Token), upstream.CopyToAsync(client, null, _stop.Token), client, upstream);
    }

    private async Task ForwardAsync(FenceConnection client, HttpHead head, string method, WebTarget target)
    {
        long length = 0;
        var lengths = head.Values("Content-Length").ToList();
        if (head.Values("Transfer-Encoding").Any() || lengths.Count > 1 ||
            (lengths.Count == 1 && !long.TryParse(lengths[0], NumberStyles.None, CultureInfo.InvariantCulture, out length)))
        {
            await RefuseAsync(client, 411, "http", target.Host, target.Port, "request_malformed", "A request body needs one Content-Length.");
            return;
        }
        using var upstream = await OpenAsync(client, "http", target.Host, target.Port);
        if (upstream is null) return;

        var authority = WebTarget.Bracketed(target.Host) + (target.HasDefaultPort ? "" : ":" + target.Port.ToString(CultureInfo.InvariantCulture));
        var path = target.PathAndQuery.StartsWith('/') ? target.PathAndQuery : "/" + target.PathAndQuery;
        await upstream.SendAsync(head.ForNextHop($"{method} {path} HTTP/1.1", ("Host", authority)), _stop.Token);
        await client.CopyToAsync(upstream, length, _stop.Token);
        await PumpAsync(AnswerIsReadAsync(client, upstream), WaitForEndAsync(client), client, upstream);
    }

    /// <summary>Passes the final answer on, told to close: the next request may name another host and must be judged anew.</summary>
    private async Task AnswerIsReadAsync(FenceConnection client, FenceConnection upstream)
    {
        while (true)
        {
            var bytes = await upstream.ReadHeadAsync(_stop.Token);
            if (bytes is null || HttpHead.Parse(bytes) is not { } head) return;
            // 1xx are interim (RFC 9110 §15.2); 101 cannot come, because Upgrade was not passed on.
            if (head.FirstLine.Split(' ') is [_, ['1', ..], ..]) continue;
            await client.SendAsync(head.ForNextHop(head.FirstLine, (MarkHeader, "none")), _stop.Token);
            await upstream.CopyToAsync(client, null, _stop.Token);
            client.Socket.Shutdown(SocketShutdown.Send);
            return;
        }
    }

    /// <summary>Nothing more is expected from the client; reading tells when it is gone.</summary>
    private async Task WaitForEndAsync(FenceConnection client)
    {
        var byteOrEnd = new byte[1];
        await client.Socket.ReceiveAsync(byteOrEnd, SocketFlags.None, _stop.Token);
    }

    /// <summary>Runs both directions until one ends, then closes both; a limit that was hit goes to the ledger.</summary>
    private async Task PumpAsync(Task one, Task other, FenceConnection client, FenceConnection upstream)
    {
        var first = await Task.WhenAny(one, other);
        if (first.Exception?.InnerException is FenceLimitException limit) Note("any", "", 0, "", "over_limit", limit.Message);
        client.Dispose();
        upstream.Dispose();
        try
        {
            await Task.WhenAll(one, other);
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException or ObjectDisposedException or FenceLimitException)
        {
            // A peer went away, or its socket was just closed under it.
        }
    }

    /// <summary>Judges, dials, and looks where the connection ended. Null after the client has been told why not.</summary>
    private async Task<FenceConnection?> OpenAsync(FenceConnection client, string via, string host, int port)
    {
        if (VendorHosts.Contains(host))
        {
            await RefuseAsync(client, 403, via, host, port, "browser_vendor", "The browser's own call to its vendor (updates, lists, suggestions); no page asked for it.");
            return null;
        }
        var endpoint = await _policy.ResolveAsync(host, port, _stop.Token);
        if (!endpoint.Verdict.Allowed)
        {
            var status = endpoint.Verdict.Code == "host_unresolved" ? 502 : 403;
            await RefuseAsync(client, status, via, host, port, endpoint.Verdict.Code, endpoint.Verdict.Message);
            return null;
        }
        var why = "";
        foreach (var address in endpoint.Addresses.Take(3))
        {
            Socket? socket = null;
            try
            {
                using var clock = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
                clock.CancelAfter(_limits.ConnectTime);
                socket = await _dial(new IPEndPoint(address, port), clock.Token);
                if (socket.RemoteEndPoint is not IPEndPoint reached || !Same(reached.Address, address) || reached.Port != port)
                {
                    socket.Dispose();
                    await RefuseAsync(client, 403, via, host, port, "address_changed", $"The connection to {host} did not end at the address that was judged.");
                    return null;
                }
                socket.NoDelay = true;
                Ledger.Add(new FenceHop(_time.GetUtcNow(), via, host, port, address.ToString(), true, "allowed", ""));
                return new FenceConnection(socket, _limits, _budget);
            }
            catch (Exception e) when (e is SocketException || (e is OperationCanceledException && !_stop.IsCancellationRequested))
            {
                socket?.Dispose();
                why = e is SocketException s ? s.SocketErrorCode.ToString() : "no answer in time";
            }
        }
        await RefuseAsync(client, 502, via, host, port, "unreachable", $"{host}:{port} cannot be reached ({why}).");
        return null;
    }

    private async Task RefuseAsync(FenceConnection client, int status, string via, string host, int port, string code, string message)
    {
        Note(via, host, port, "", code, message);
        await client.AnswerAsync(status, status == 502 ? "Bad Gateway" : status == 403 ? "Forbidden" : "Bad Request", $"{Mark} {code}", message, _stop.Token);
    }

    private void Note(string via, string host, int port, string address, string code, string reason) =>
        Ledger.Add(new FenceHop(_time.GetUtcNow(), via, host, port, address, false, code, reason));

    private static bool Same(IPAddress reached, IPAddress judged) =>
        (reached.IsIPv4MappedToIPv6 ? reached.MapToIPv4() : reached).Equals(judged.IsIPv4MappedToIPv6 ? judged.MapToIPv4() : judged);

    private static async Task<Socket> DialAsync(IPEndPoint endPoint, CancellationToken cancellationToken)
    {
        var socket = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(endPoint, cancellationToken);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static string Shown(string text) => text.Length > 120 ? text[..120] : text;
}
