using Microsoft.Playwright;

namespace OmniAudit.Modules.SiteLint.Chromium;

/// <summary>A screen to look at pages with; the sizes are Lighthouse's.</summary>
internal sealed record Viewport(string Name, int Width, int Height, float Scale, bool Mobile)
{
    public static Viewport Desktop { get; } = new("desktop", 1350, 940, 1, false);
    public static Viewport Mobile412 { get; } = new("mobile", 412, 823, 1.75f, true);

    /// <param name="set"><c>desktop</c>, <c>mobile</c> or <c>desktop_mobile</c>.</param>
    public static IReadOnlyList<Viewport> Of(string set) => set switch
    {
        "desktop" => [Desktop],
        "mobile" => [Mobile412],
        _ => [Desktop, Mobile412],
    };

    /// <summary>Nothing that a page could leave behind or fetch unseen: no service workers, no downloads, no permissions, no state.</summary>
    public BrowserNewContextOptions ContextOptions(string browserVersion)
    {
        var major = browserVersion.Split('.')[0];
        return new BrowserNewContextOptions
        {
            ViewportSize = new ViewportSize { Width = Width, Height = Height },
            DeviceScaleFactor = Scale,
            IsMobile = Mobile,
            HasTouch = Mobile,
            UserAgent = Mobile
                ? $"Mozilla/5.0 (Linux; Android 11; moto g power (2022)) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{major}.0.0.0 Mobile Safari/537.36 OmniAudit"
                : $"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{major}.0.0.0 Safari/537.36 OmniAudit",
            ServiceWorkers = ServiceWorkerPolicy.Block,
            AcceptDownloads = false,
            Locale = "en-US",
            ColorScheme = ColorScheme.Light,
            ReducedMotion = ReducedMotion.Reduce,
        };
    }
}
