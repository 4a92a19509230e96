using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.Playwright;
using OmniAudit.Modules.Identities;
using OmniAudit.Modules.Settings;
using OmniAudit.Tests.Support;

namespace OmniAudit.Tests.Browser;

/// <summary>The real server with a person at a real browser before it.</summary>
internal sealed class ConsoleSite : IAsyncDisposable
{
    public const string Password = "a long enough sentence";

    private readonly IBrowserContext _context;

    private readonly Action<OmniAuditOptions>? _settings;

    private ConsoleSite(TestApp app, IBrowserContext context, IPage page, Action<OmniAuditOptions>? settings) => (App, _context, Page, _settings) = (app, context, page, settings);

    public TestApp App { get; private set; }
    public IPage Page { get; }

    /// <summary>Every address the browser asked for, and everything it complained about.</summary>
    public ConcurrentQueue<string> Requests { get; } = new();
    public ConcurrentQueue<string> Complaints { get; } = new();

    public static async Task<ConsoleSite> StartAsync(ChromiumFixture chromium, BrowserNewContextOptions? look = null, Action<OmniAuditOptions>? settings = null)
    {
        var app = await TestApp.StartAsync(settings, Directory.CreateTempSubdirectory("omniaudit-console-").FullName);
        look ??= new BrowserNewContextOptions { ViewportSize = new ViewportSize { Width = 1280, Height = 860 } };
        look.BaseURL = app.Url.ToString();
        var context = await chromium.Browser.NewContextAsync(look);
        var page = await context.NewPageAsync();
        page.SetDefaultTimeout((float)Eventually.Patience.TotalMilliseconds);
        var site = new ConsoleSite(app, context, page, settings);
        page.Request += (_, request) => site.Requests.Enqueue(request.Url);
        page.Console += (_, message) => { if (message.Type == "error") site.Complaints.Enqueue(message.Text); };
        page.PageError += (_, error) => site.Complaints.Enqueue(error);
        return site;
    }

    /// <summary>A link as the server prints it at its first start.</summary>
    public async Task<string> NewLinkAsync(string name = "operator", Role role = Role.Admin)
    {
        var operators = App.Get<OperatorDirectory>();
        var person = await operators.FindAsync(name, CancellationToken.None) ?? await operators.AddAsync(name, null, role, OperatorDirectory.CommandLine, CancellationToken.None);
        return "/signin?token=" + (await App.Get<SignInLinks>().CreateAsync(person.OperatorId, CancellationToken.None)).Token;
    }

    public async Task SignInAsync(string name = "operator", Role role = Role.Admin)
    {
        await Page.GotoAsync(await NewLinkAsync(name, role));
        await Page.GetByRole(AriaRole.Button, new() { Name = "Sign in as operator" }).ClickAsync();
        await ChoosePasswordAsync();
        await LiveAsync();
    }

    public async Task ChoosePasswordAsync(string password = Password)
    {
        await Page.GetByLabel("New password").FillAsync(password);
        await Page.GetByLabel("Once more").FillAsync(password);
        await Page.GetByRole(AriaRole.Button, new() { Name = "Save the password" }).ClickAsync();
    }

    /// <summary>Opens a page and waits until it answers clicks.</summary>
    public async Task OpenAsync(string path)
    {
        await Page.GotoAsync(path);
        await LiveAsync();
    }

    public Task LiveAsync() => Page.Locator("[data-live=true]").WaitForAsync();

    /// <summary>An agent asks for a write; the approval's id.</summary>
    public async Task<string> AskAsync(string text = "hello", object? arguments = null)
    {
        var answer = await App.CallAsync("probe.write_note", arguments ?? new { text });
        return answer.GetProperty("structuredContent").GetProperty("approval").GetProperty("id").GetString()!;
    }

    public static string TextOf(JsonElement answer) => answer.GetProperty("structuredContent").GetRawText();

    /// <summary>Stops the server, does something meanwhile, and starts it again on the same data and port.</summary>
    public async Task RestartAsync(Func<Task> meanwhile)
    {
        await App.DisposeAsync();
        await meanwhile();
        App = await TestApp.StartAsync(
            options =>
            {
                _settings?.Invoke(options);
                options.App.Port = App.Url.Port;
            },
            App.Options.Data);
    }

    public async ValueTask DisposeAsync()
    {
        await _context.DisposeAsync();
        await App.DisposeAsync();
        Directory.Delete(App.Options.Data, recursive: true);
    }
}
