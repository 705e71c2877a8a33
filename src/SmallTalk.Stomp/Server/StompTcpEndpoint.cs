using Microsoft.AspNetCore.Connections;

namespace SmallTalk.Stomp;

/// <summary>Each connection of one port becomes a <see cref="StompSession"/> until its end.</summary>
sealed class StompTcpEndpoint(StompServer server, StompRouteBuilder routes)
{
    public async Task HandleAsync(ConnectionContext connection)
    {
        using var transport = new TcpTransport(connection, routes.Options);
        var session = new StompSession(server, routes.Options, routes, transport);
        if (server.IsDraining)
            session.Connection.Close(StompCloseCode.GoingAway, "the server is going away");
        await session.RunAsync();
    }
}
