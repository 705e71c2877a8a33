using Microsoft.AspNetCore.SignalR;

namespace SmallTalk.Load.Peers;

/// <summary>A chat as SignalR's own documentation builds it.</summary>
sealed class ChatHub : Hub
{
    public Task Join(string room) => Groups.AddToGroupAsync(Context.ConnectionId, room);

    public Task Post(string room, string text) => Clients.Group(room).SendAsync("message", room, text);
}
