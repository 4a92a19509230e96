using System.Net;
using System.Net.Sockets;

namespace OmniAudit.Tests.Support;

/// <summary>Free ports for processes that are told theirs. They lie below those that the system gives out itself, so that no connection of another test takes one before it is bound, or while its process is dead.</summary>
public static class Ports
{
    private const int First = 20_000, Count = 12_000;
    private static int _next = Random.Shared.Next(Count);

    public static int Free()
    {
        while (true)
        {
            var port = First + (Interlocked.Increment(ref _next) % Count);
            using var listener = new TcpListener(IPAddress.Loopback, port);
            try
            {
                listener.Start();
                return port;
            }
            catch (SocketException)
            {
                // Somebody has it: the next one.
            }
        }
    }
}
