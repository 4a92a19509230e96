using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.Playwright;
using OmniAudit.Modules.Jobs;
using OmniAudit.Modules.Tools.Policies;

namespace OmniAudit.Modules.SiteLint.Auth;

/// <summary>
/// Brings a sign-in into a scan's browser. Headers are added by the browser's own request interception (CDP <c>Fetch</c>), which asks anew at
/// every hop: a redirect to another origin leaves them behind. Cookies are host-only. No exception of it holds a secret, nor has one inside that does.
/// </summary>
internal sealed partial class BrowserSignIn : IAsyncDisposable
{
    private static readonly TimeSpan PageLimit = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan StepLimit = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan CloseLimit = TimeSpan.FromSeconds(3);

    private readonly SignIn _signIn;
    private readonly ICDPSession? _interception;

    private BrowserSignIn(SignIn signIn, ICDPSession? interception) => (_signIn, _interception) = (signIn, interception);

    /// <summary>Before any page is opened: from here on no request to the profile's origins goes without its headers.</summary>
    public static async Task<BrowserSignIn> AttachAsync(IBrowser browser, SignIn signIn, CancellationToken cancellationToken)
    {
        if (!signIn.HasHeaders) return new BrowserSignIn(signIn, null);
        // The browser's session hears of every page, frame and worker, popups too.
        var session = await browser.NewBrowserCDPSessionAsync().WaitAsync(StepLimit, cancellationToken);
        session.Event("Fetch.requestPaused").OnEvent += (_, paused) => _ = ContinueAsync(session, signIn, paused);
        await session.SendAsync("Fetch.enable", new Dictionary<string, object>
        {
            ["patterns"] = signIn.Shape.Origins.Select(o => new Dictionary<string, object> { ["urlPattern"] = o + "/*", ["requestStage"] = "Request" }).ToArray(),
        }).WaitAsync(StepLimit, cancellationToken);
        return new BrowserSignIn(signIn, session);
    }

    /// <summary>Signs one context in: sets the cookies, then goes through the form.</summary>
    /// <exception cref="JobFailedException">A step did not work; the message says which.</exception>
    public async Task EnterAsync(IBrowserContext context, CancellationToken cancellationToken)
    {
        foreach (var origin in _signIn.Shape.Origins)
        {
            if (_signIn.Shape.Cookies.Count == 0) break;
            // Given by URL and not by domain, they are host-only (RFC 6265 §5.3).
            await context.AddCookiesAsync(_signIn.Shape.Cookies.Select(c => new Cookie { Name = c, Value = _signIn.Secret("cookie:" + c), Url = origin + "/" })).WaitAsync(StepLimit, cancellationToken);
        }
        if (_signIn.Shape.Login is { } login) await LogInAsync(context, login, cancellationToken);
        foreach (var origin in _signIn.Shape.Origins)
        {
            var cookies = await context.CookiesAsync([origin + "/"]).WaitAsync(StepLimit, cancellationToken);
            _signIn.Learn(origin, [.. cookies.Select(c => (c.Name, c.Value))]);
        }
    }

    /// <summary>Opens a page as the scan will, to see that the sign-in holds.</summary>
    /// <exception cref="JobFailedException">It does not.</exception>
    public async Task CheckAsync(IBrowserContext context, string url, CancellationToken cancellationToken)
    {
        var page = await context.NewPageAsync().WaitAsync(StepLimit, cancellationToken);
        try
        {
            var answer = await page.GotoAsync(url, new PageGotoOptions { WaitUntil = WaitUntilState.DOMContentLoaded, Timeout = (float)PageLimit.TotalMilliseconds }).WaitAsync(PageLimit, cancellationToken);
            if (answer is not null && WhyRefused(url, answer.Status, page.Url) is { } why) throw Failed(why);
        }
        catch (Exception e) when (e is PlaywrightException or TimeoutException)
        {
            // A page that does not load at all is the audit's to tell.
        }
        finally
        {
            await page.CloseAsync().WaitAsync(CloseLimit, CancellationToken.None).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Why an answer means that nobody is signed in; null when it does not mean that.</summary>
    public static string? WhyRefused(string url, int status, string finalUrl) =>
        status is 401 or 403 ? $"{url} answers {status}"
        : finalUrl != url && IsSignInPage(finalUrl) && !IsSignInPage(url) ? $"{url} leads to the sign-in page {finalUrl.Split('?')[0]}"
        : null;

    public async ValueTask DisposeAsync()
    {
        if (_interception is not null) await _interception.DetachAsync().WaitAsync(CloseLimit).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task LogInAsync(IBrowserContext context, AuthLogin login, CancellationToken cancellationToken)
    {
        var page = await context.NewPageAsync().WaitAsync(StepLimit, cancellationToken);
        var doing = $"the page {login.Url} did not load";
        try
        {
            var answer = await page.GotoAsync(login.Url, new PageGotoOptions { WaitUntil = WaitUntilState.DOMContentLoaded, Timeout = (float)PageLimit.TotalMilliseconds }).WaitAsync(PageLimit, cancellationToken);
            if (answer is { Status: >= 400 }) throw Failed($"the sign-in page {login.Url} answers {answer.Status}");
            for (var i = 0; i < login.Steps.Count; i++)
            {
                // A page of another origin must not get what is typed here.
                if (!_signIn.Covers(page.Url)) throw Failed($"step {i + 1} would be done on {(WebTarget.TryParse(page.Url, out var away, out _) ? away.Origin : "another page")}, which is none of the profile's origins");
                doing = $"step {i + 1} ({login.Steps[i].Action} {login.Steps[i].Selector}) did not work";
                await StepAsync(page, login.Steps[i]).WaitAsync(StepLimit + CloseLimit, cancellationToken);
            }
            doing = login.SignedIn is null ? "a password field is still there after the last step" : $"{login.SignedIn} did not appear after the last step";
            await (login.SignedIn is { } there
                ? page.Locator(there).First.WaitForAsync(new LocatorWaitForOptions { Timeout = (float)StepLimit.TotalMilliseconds })
                : page.WaitForFunctionAsync(
                    "() => document.readyState !== 'loading' && !Array.from(document.querySelectorAll('input[type=password]')).some(e => e.offsetParent !== null)", null,
                    new PageWaitForFunctionOptions { Timeout = (float)StepLimit.TotalMilliseconds })).WaitAsync(StepLimit + CloseLimit, cancellationToken);
            await page.WaitForLoadStateAsync(LoadState.DOMContentLoaded, new PageWaitForLoadStateOptions { Timeout = (float)StepLimit.TotalMilliseconds }).WaitAsync(StepLimit, cancellationToken);
        }
        catch (Exception e) when (e is PlaywrightException or TimeoutException)
        {
            // Not as inner exception: the driver's message repeats what was typed.
            throw Failed(doing);
        }
        finally
        {
            await page.CloseAsync().WaitAsync(CloseLimit, CancellationToken.None).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task StepAsync(IPage page, AuthStep step)
    {
        var (element, limit) = (page.Locator(step.Selector).First, (float)StepLimit.TotalMilliseconds);
        switch (step.Action)
        {
            case "fill": await element.FillAsync(step.Secret is { } key ? _signIn.Secret(key) : step.Value!, new LocatorFillOptions { Timeout = limit }); break;
            case "click": await element.ClickAsync(new LocatorClickOptions { Timeout = limit }); break;
            default: await element.WaitForAsync(new LocatorWaitForOptions { Timeout = limit }); break;
        }
    }

    private JobFailedException Failed(string why) => new(_signIn.Redact(
        $"The auth profile '{_signIn.Profile.Name}' does not sign in: {why}. Replace its secrets if they have expired, mend its steps, or scan without it."));

    /// <summary>Answers one paused request. What goes wrong here is the page's request that fails, never the scan.</summary>
    private static async Task ContinueAsync(ICDPSession session, SignIn signIn, JsonElement? paused)
    {
        try
        {
            var request = paused!.Value.GetProperty("request");
            var answer = new Dictionary<string, object> { ["requestId"] = paused.Value.GetProperty("requestId").GetString()! };
            var added = signIn.HeadersFor(request.GetProperty("url").GetString()!);
            if (added.Count > 0)
            {
                var names = added.Select(h => h.Name).ToHashSet(StringComparer.OrdinalIgnoreCase);
                answer["headers"] = request.GetProperty("headers").EnumerateObject().Where(h => !names.Contains(h.Name)).Select(h => (h.Name, Value: h.Value.GetString()!)).Concat(added)
                    .Select(h => new Dictionary<string, object> { ["name"] = h.Name, ["value"] = h.Value }).ToArray();
            }
            await session.SendAsync("Fetch.continueRequest", answer);
        }
        catch (Exception e) when (e is PlaywrightException or KeyNotFoundException or InvalidOperationException)
        {
            // The page was closed, or the request given up, before the answer came.
        }
    }

    private static bool IsSignInPage(string url) => WebTarget.TryParse(url, out var target, out _) && SignInPath().IsMatch(target.PathAndQuery.Split('?')[0]);

    [GeneratedRegex(@"(^|[/_.-])(log-?_?in|sign-?_?in|logon|sso|auth|authorize|oauth2?|saml2?|sessions?/new)([/_.-]|$)", RegexOptions.IgnoreCase | RegexOptions.NonBacktracking)]
    private static partial Regex SignInPath();
}
