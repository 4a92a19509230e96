using System.Text;
using Microsoft.AspNetCore.Http;

namespace OmniAudit.Tests.GitHub;

/// <summary>What happens to some requests of a route instead of their answer.</summary>
/// <param name="method">A star for any.</param>
/// <param name="path">A part of the path.</param>
/// <param name="act">Is given the request and what would have happened.</param>
/// <param name="first">The first of the route's requests that it happens to, from 1.</param>
internal sealed class RouteFault(string method, string path, Func<HttpContext, Func<Task>, Task> act, int first = 1, int times = 1)
{
    private int _seen;

    public int Happened { get; private set; }

    public Task Act(HttpContext context, Func<Task> proceed) => act(context, proceed);

    /// <summary>Counts the request if it is of the route; call under the server's lock.</summary>
    internal bool Take(FakeRequest request)
    {
        if ((method != "*" && request.Method != method) || !request.Path.Contains(path, StringComparison.Ordinal)) return false;
        if (++_seen < first || _seen >= first + times) return false;
        Happened++;
        return true;
    }

    /// <summary>An answer of something on the way: no JSON.</summary>
    public static Func<HttpContext, Func<Task>, Task> Answer(int status, params (string Name, string Value)[] headers) => Answer(status, $"<html>{status}</html>", headers);

    /// <summary>An answer of GitHub's, with its words.</summary>
    public static Func<HttpContext, Func<Task>, Task> Says(int status, string message, params (string Name, string Value)[] headers) => Answer(status, $$"""{"message":"{{message}}","status":"{{status}}"}""", headers);

    private static Func<HttpContext, Func<Task>, Task> Answer(int status, string body, (string Name, string Value)[] headers) => async (context, _) =>
    {
        foreach (var (name, value) in headers) context.Response.Headers[name] = value;
        context.Response.StatusCode = status;
        await context.Response.WriteAsync(body);
    };

    /// <summary>The connection breaks; nothing was done.</summary>
    public static Task Drop(HttpContext context, Func<Task> proceed)
    {
        context.Abort();
        return Task.CompletedTask;
    }

    /// <summary>It is done; whoever asked is told 502.</summary>
    public static async Task DoneButBadGateway(HttpContext context, Func<Task> proceed)
    {
        var real = context.Response.Body;
        context.Response.Body = new MemoryStream();
        await proceed();
        context.Response.Body = real;
        context.Response.Headers.ContentLength = null;
        context.Response.StatusCode = 502;
        await context.Response.WriteAsync("<html>Bad Gateway</html>");
    }

    /// <summary>A body that ends before its announced length.</summary>
    public static async Task CutOff(HttpContext context, Func<Task> proceed)
    {
        var bytes = Encoding.UTF8.GetBytes("""{"id":1,"full_name":"ac""");
        context.Response.ContentLength = bytes.Length + 100;
        await context.Response.Body.WriteAsync(bytes);
        await context.Response.Body.FlushAsync();
        context.Abort();
    }

    public static Func<HttpContext, Func<Task>, Task> RedirectTo(string location, int status = 302) => (context, _) =>
    {
        context.Response.StatusCode = status;
        context.Response.Headers.Location = location;
        return Task.CompletedTask;
    };
}
