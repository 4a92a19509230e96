using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using OmniAudit.Tests.Support;

namespace OmniAudit.Tests.Deployment;

/// <summary>A real nginx on loopback with deploy/nginx.conf, in which only addresses and the place of its files are others.</summary>
internal sealed class NginxServer : IAsyncDisposable
{
    private readonly Process _process;
    private readonly string _directory;

    private NginxServer(Process process, string directory, Uri url) => (_process, _directory, Url) = (process, directory, url);

    /// <summary>Null where it can be started.</summary>
    public static string? WhyNot { get; } = File.Exists("/usr/sbin/nginx") ? null : "nginx is not installed; run scripts/install-test-tools.sh as root.";

    public Uri Url { get; }

    public static async Task<NginxServer> StartAsync(Uri first, Uri second)
    {
        var directory = Directory.CreateTempSubdirectory("omniaudit-nginx-").FullName;
        // Its workers are another user when it is started by root.
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(directory, (UnixFileMode)Convert.ToInt32("755", 8));
        var port = Ports.Free();
        var configuration = Path.Combine(directory, "nginx.conf");
        await File.WriteAllTextAsync(configuration, (await File.ReadAllTextAsync(SourceTree.At("deploy", "nginx.conf")))
            .Replace("app-1:8080", first.Authority, StringComparison.Ordinal).Replace("app-2:8080", second.Authority, StringComparison.Ordinal)
            .Replace("listen 8080", $"listen 127.0.0.1:{port}", StringComparison.Ordinal).Replace(" /tmp/", $" {directory}/", StringComparison.Ordinal)
            .Replace("/dev/stdout", $"{directory}/access.log", StringComparison.Ordinal));
        var process = Process.Start(new ProcessStartInfo("/usr/sbin/nginx", ["-c", configuration, "-p", directory, "-g", "daemon off;"]) { UseShellExecute = false, RedirectStandardError = true })!;
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        while (true)
        {
            if (process.HasExited) throw new InvalidOperationException($"nginx ended with {process.ExitCode}: {await process.StandardError.ReadToEndAsync()}");
            try
            {
                using var client = new TcpClient();
                await client.ConnectAsync(IPAddress.Loopback, port, patience.Token);
                break;
            }
            catch (SocketException)
            {
                await Task.Delay(20, patience.Token);
            }
        }
        return new NginxServer(process, directory, new Uri($"http://127.0.0.1:{port}"));
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        _process.Dispose();
        Directory.Delete(_directory, recursive: true);
    }
}

/// <summary>A test that needs nginx; skipped, with the reason, where there is none.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class NginxFactAttribute : FactAttribute
{
    public NginxFactAttribute() => Skip = NginxServer.WhyNot;
}
