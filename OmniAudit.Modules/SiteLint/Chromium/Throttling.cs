using System.Globalization;
using Microsoft.Playwright;

namespace OmniAudit.Modules.SiteLint.Chromium;

/// <summary>Lighthouse's network and processor for a device (core/config/constants.js): what its devtools mode applies.</summary>
/// <param name="LatencyMs">Added to every request.</param>
/// <param name="Cpu">How many times slower the main thread is.</param>
internal sealed record Throttling(double LatencyMs, double DownKbps, double UpKbps, double Cpu)
{
    private static readonly Throttling Slow4G = new(562.5, 1474.56, 675, 4);
    private static readonly Throttling Cable = new(40, 10_240, 10_240, 1);

    public static Throttling Of(Viewport viewport) => viewport.Mobile ? Slow4G : Cable;

    public string Words => string.Create(CultureInfo.InvariantCulture, $"{LatencyMs} ms latency, {DownKbps} kbit/s down, {UpKbps} kbit/s up, CPU {(Cpu == 1 ? "as it is" : $"{Cpu} times slower")}");

    public Task ApplyAsync(ICDPSession cdp) => Task.WhenAll(
        cdp.SendAsync("Network.emulateNetworkConditions", new Dictionary<string, object>
        {
            ["offline"] = false, ["latency"] = LatencyMs, ["downloadThroughput"] = DownKbps * 1024 / 8, ["uploadThroughput"] = UpKbps * 1024 / 8,
        }),
        cdp.SendAsync("Emulation.setCPUThrottlingRate", new Dictionary<string, object> { ["rate"] = Cpu }));

    /// <summary>Full speed, for everything that is not measured.</summary>
    public static Task LiftAsync(ICDPSession cdp) => Task.WhenAll(
        cdp.SendAsync("Network.emulateNetworkConditions", new Dictionary<string, object> { ["offline"] = false, ["latency"] = 0, ["downloadThroughput"] = -1, ["uploadThroughput"] = -1 }),
        cdp.SendAsync("Emulation.setCPUThrottlingRate", new Dictionary<string, object> { ["rate"] = 1 }));
}
