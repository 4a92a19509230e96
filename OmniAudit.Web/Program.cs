using OmniAudit.Web.Verbs;

return await CommandLine.RunAsync(args);
