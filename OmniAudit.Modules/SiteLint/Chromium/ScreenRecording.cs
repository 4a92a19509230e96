using System.Text.Json;
using Microsoft.Playwright;

namespace OmniAudit.Modules.SiteLint.Chromium;

/// <param name="At">Unix ms.</param>
internal sealed record ScreenFrame(double At, byte[] Png);

/// <summary>The screen while a page comes up, in small pictures: one for every change that was drawn. Bounded.</summary>
internal sealed class ScreenRecording
{
    private const int MostFrames = 150;

    // From then on it is an animation: twice a second is enough, and costs the page less.
    private const int FramesAtFullRate = 30;
    private static readonly TimeSpan SlowRate = TimeSpan.FromMilliseconds(500);

    private readonly Lock _gate = new();
    private readonly ICDPSession _cdp;
    private readonly TimeProvider _time;
    private readonly List<ScreenFrame> _frames = [];

    private ScreenRecording(ICDPSession cdp, TimeProvider time)
    {
        (_cdp, _time) = (cdp, time);
        cdp.Event("Page.screencastFrame").OnEvent += (_, e) => { if (e is { } frame) Take(frame); };
    }

    public static async Task<ScreenRecording> StartAsync(ICDPSession cdp, Viewport viewport, TimeProvider time)
    {
        var recording = new ScreenRecording(cdp, time);
        await cdp.SendAsync("Page.startScreencast", new Dictionary<string, object>
        {
            ["format"] = "png", ["maxWidth"] = viewport.Mobile ? 240 : 400, ["maxHeight"] = 480, ["everyNthFrame"] = 1,
        });
        return recording;
    }

    public async Task<IReadOnlyList<ScreenFrame>> StopAsync()
    {
        await _cdp.SendAsync("Page.stopScreencast");
        lock (_gate) return [.. _frames];
    }

    private void Take(JsonElement frame)
    {
        int count;
        try
        {
            lock (_gate)
            {
                count = _frames.Count;
                if (count < MostFrames) _frames.Add(new ScreenFrame(frame.GetProperty("metadata").GetProperty("timestamp").GetDouble() * 1000, frame.GetProperty("data").GetBytesFromBase64()));
            }
            _ = AcknowledgeAsync(frame.GetProperty("sessionId").GetInt32(), count).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        catch (Exception e) when (e is KeyNotFoundException or InvalidOperationException or FormatException)
        {
            // Another version of the protocol: without pictures, the speed index is not measured.
        }
    }

    private async Task AcknowledgeAsync(int id, int count)
    {
        if (count > FramesAtFullRate) await Task.Delay(SlowRate, _time);
        await _cdp.SendAsync("Page.screencastFrameAck", new Dictionary<string, object> { ["sessionId"] = id });
    }
}
