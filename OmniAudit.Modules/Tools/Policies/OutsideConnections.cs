using System.Net;
using System.Net.Sockets;
using OmniAudit.Modules.Settings;

namespace OmniAudit.Modules.Tools.Policies;

/// <summary>The target lies where nothing may be sent. The message says which address it is and what to set.</summary>
internal sealed class TargetInsideException(string message) : Exception(message);

/// <summary>
/// Opens connections to addresses that others named: webhooks, and redirects of GitHub. Each one looks its host up, judges every answer and dials the judged address, so a name
/// that begins to point inside is refused from then on (DNS rebinding). Only an exact <c>host:port</c> of URL_ALLOWLIST opens a
/// target that is not public; cloud metadata services stay closed.
/// </summary>
internal sealed class OutsideConnections(OmniAuditOptions options, HostResolver resolve)
{
    private readonly HostList _allow = new(options.Policy.UrlAllowlist);

    /// <exception cref="TargetInsideException">The host is, or resolves to, an address that is not allowed.</exception>
    /// <exception cref="SocketException">No such host, or no connection to any of its addresses.</exception>
    public async Task<Stream> OpenAsync(string host, int port, CancellationToken cancellationToken)
    {
        var addresses = await JudgeAsync(host, port, cancellationToken);
        for (var i = 0; ; i++)
        {
            var socket = new Socket(addresses[i].AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            try
            {
                await socket.ConnectAsync(addresses[i], port, cancellationToken);
                return new NetworkStream(socket, ownsSocket: true);
            }
            catch (SocketException) when (i < addresses.Count - 1)
            {
                socket.Dispose();
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        }
    }

    private async Task<IReadOnlyList<IPAddress>> JudgeAsync(string host, int port, CancellationToken cancellationToken)
    {
        host = host.Trim('[', ']');
        var literal = IPAddress.TryParse(host, out var written);
        if (!WebTarget.TryNormaliseHost(literal && written!.AddressFamily == AddressFamily.InterNetworkV6 ? $"[{written}]" : host, out var name, out var problem))
            throw new TargetInsideException($"{host} cannot be judged: {problem}.");
        if (AddressRanges.IsMetadataName(name)) throw new TargetInsideException($"{name} is a cloud metadata service; nothing is ever sent to one.");

        IReadOnlyList<IPAddress> addresses = literal ? [written!] : await resolve(name, cancellationToken);
        if (addresses.Count == 0) throw new SocketException((int)SocketError.HostNotFound);
        var exact = _allow.HasExactly(name, port);
        foreach (var address in addresses)
        {
            var subject = address.ToString() == name ? name : $"{name} resolves to {address}, which";
            if (AddressRanges.IsMetadata(address)) throw new TargetInsideException($"{subject} is a cloud metadata service; nothing is ever sent to one.");
            if (!exact && AddressRanges.Describe(address) is { } words)
                throw new TargetInsideException($"{subject} is {words}; add {WebTarget.Bracketed(name)}:{port} to URL_ALLOWLIST to send there all the same.");
        }
        return addresses;
    }
}
