using System.Net;
using System.Net.Sockets;
using System.Text;
using OmniAudit.Modules.Jobs;

namespace OmniAudit.Modules.SiteLint.Fence;

/// <summary>
/// A listener on loopback that nobody may reach. Before a scan starts, the fence is asked for it directly and by the browser itself;
/// if a single connection arrives, or the refusal does not come from our fence, no page is opened.
/// </summary>
internal sealed class FenceSelfTest : IDisposable
{
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(5);

    private readonly TcpListener _canary = new(IPAddress.Loopback, 0);

    public FenceSelfTest()
    {
        _canary.Start();
        Url = $"http://127.0.0.1:{((IPEndPoint)_canary.LocalEndpoint).Port}/";
    }

    /// <summary>What must be refused.</summary>
    public string Url { get; }

    /// <exception cref="JobFailedException">The fence lets loopback through.</exception>
    public async Task CheckProxyAsync(FilteringProxy proxy, CancellationToken cancellationToken)
    {
        var authority = new Uri(Url).Authority;
        foreach (var request in new[] { $"GET {Url} HTTP/1.1\r\nHost: {authority}\r\n\r\n", $"CONNECT {authority} HTTP/1.1\r\nHost: {authority}\r\n\r\n" })
        {
            using var client = new TcpClient();
            await client.ConnectAsync(proxy.EndPoint, cancellationToken);
            var stream = client.GetStream();
            await stream.WriteAsync(Encoding.ASCII.GetBytes(request), cancellationToken);
            using var reader = new StreamReader(stream, Encoding.ASCII);
            try
            {
                var answer = await reader.ReadToEndAsync(cancellationToken).WaitAsync(AnswerLimit, cancellationToken);
                Require(answer.StartsWith("HTTP/1.1 403 ", StringComparison.Ordinal));
            }
            catch (Exception e) when (e is TimeoutException or IOException)
            {
                // The canary never answers, so a fence that connects to it keeps us waiting.
                Require(false);
            }
        }
    }

    /// <summary>Closes the case after the browser has tried as well.</summary>
    /// <param name="refusedByFence">The browser saw the answer that only our fence can give.</param>
    /// <exception cref="JobFailedException">The browser went around the fence.</exception>
    public void CheckBrowser(bool refusedByFence) => Require(refusedByFence);

    public void Dispose() => _canary.Dispose();

    private void Require(bool refused)
    {
        if (!refused || _canary.Pending())
            throw new JobFailedException("The scan was not started: the network fence did not hold in its self-test. Check that no browser policy or wrapper sets another proxy, and see the server's log.");
    }
}
