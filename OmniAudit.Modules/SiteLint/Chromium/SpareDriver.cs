using Microsoft.Playwright;

namespace OmniAudit.Modules.SiteLint.Chromium;

/// <summary>
/// The process that drives a browser takes longer to start than the browser itself. Each scan has one to itself; the last one used is kept for a
/// while for the scan after it.
/// </summary>
internal static class SpareDriver
{
    private static readonly TimeSpan Kept = TimeSpan.FromMinutes(2);
    private static readonly Lock Gate = new();
    private static IPlaywright? _spare;

    public static async Task<IPlaywright> TakeAsync(TimeSpan limit, CancellationToken cancellationToken)
    {
        IPlaywright? spare;
        lock (Gate) (spare, _spare) = (_spare, null);
        if (spare is not null)
        {
            try
            {
                await (await spare.APIRequest.NewContextAsync().WaitAsync(limit, cancellationToken)).DisposeAsync();
                return spare;
            }
            catch (Exception e) when (e is PlaywrightException or TimeoutException)
            {
                // Its process has ended meanwhile.
                spare.Dispose();
            }
            catch
            {
                // Cancelled: nobody else knows of it any more.
                spare.Dispose();
                throw;
            }
        }
        return await Playwright.CreateAsync().WaitAsync(limit, cancellationToken);
    }

    /// <summary>Keeps a driver that works and has no browser any more, or ends it when there is another one.</summary>
    public static void Leave(IPlaywright driver, TimeProvider time)
    {
        lock (Gate)
        {
            if (_spare is null)
            {
                _spare = driver;
                _ = EndAsync(driver, time);
                return;
            }
        }
        driver.Dispose();
    }

    private static async Task EndAsync(IPlaywright driver, TimeProvider time)
    {
        await Task.Delay(Kept, time);
        lock (Gate)
        {
            if (_spare != driver) return;
            _spare = null;
        }
        driver.Dispose();
    }
}
