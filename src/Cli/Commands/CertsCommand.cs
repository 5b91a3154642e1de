using System.CommandLine;
using Blindsight.Cli.Files;
using Blindsight.Hosting;

namespace Blindsight.Cli.Commands;

/// <summary>Certificates for development and for parties that one person runs.</summary>
internal static class CertsCommand
{
    private static readonly string[] UsualServers = ["server", ServerRole.First.Part(), ServerRole.Second.Part(), ServerRoles.Dealer];

    public static Command Create(Terminals terminals)
    {
        Option<string> output = new("--out")
        {
            Description = "A folder for the authority, and within it a folder for each party. Where there is an authority already, it is taken.",
            HelpName = "FOLDER", Required = true,
        };
        Option<string[]> servers = new("--server")
        {
            Description = "A party that others connect to, and that may connect to others. The parts of a deployment have fixed names: server-a, server-b, "
                + "dealer. Default, where no party is named: those, server, and a client called client.",
            HelpName = "NAME",
        };
        Option<string[]> clients = new("--client") { Description = "A party that only connects.", HelpName = "NAME" };
        Option<string[]> hosts = new("--host")
        {
            Description = "A name or address at which these servers are reached. Default: localhost, 127.0.0.1 and ::1.", HelpName = "HOST",
        };
        Option<int> days = CommonOptions.Positive("--days", "How long the parties' certificates are valid.", 90, 3650);
        TaughtCommand command = new("certs",
            "Makes certificates for mutual TLS: an authority for development, and a certificate and key (ECDSA, P-256) for each party. Called again it "
            + "renews them, and running parties take them up.",
            "blindsight certs --out tls", "blindsight certs --out tls --client alice --client bob",
            "blindsight certs --out tls --server server --host inference.example.org --days 30")
        { output, servers, clients, hosts, days };
        command.SetAction(parsed =>
        {
            string folder = parsed.GetRequiredValue(output);
            string[] namedServers = parsed.GetValue(servers) ?? [], namedClients = parsed.GetValue(clients) ?? [], at = parsed.GetValue(hosts) ?? [];
            bool usual = namedServers.Length + namedClients.Length == 0;
            TimeSpan validity = TimeSpan.FromDays(parsed.GetValue(days));
            using PartyCertificates certificates = PartyCertificates.Open(folder);
            terminals.Out.WriteLine(certificates.Fresh ? $"{folder}: a new authority. Whoever has its key, authority-key.pem, can be any party."
                : $"{folder}: the authority that was there.");
            foreach (string server in usual ? UsualServers : namedServers)
                Tell(certificates.Issue(server, at.Length > 0 ? at : PartyCertificates.ThisMachine, serves: true, validity), "connects, and is connected to");
            foreach (string client in usual ? ["client"] : namedClients)
                Tell(certificates.Issue(client, [], serves: false, validity), "connects");
            return 0;
        });
        return command;

        void Tell(string party, string does) => terminals.Out.WriteLine($"{party}: {does}; for --tls.");
    }
}
