//! One connection to a service.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};
use std::time::Duration;

use hyper::Request;
use hyper::Response;
use hyper::body::{Body as _, Incoming};
use hyper::client::conn::http1::{Connection, SendRequest, handshake};
use hyper::header::{HOST, HeaderName, HeaderValue};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::one_body::OneBody;
use super::origin::ServiceOrigin;
use crate::subject::service::{OutgoingRequest, ServiceReply};

/// What a reply may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HttpLimits {
    /// From the first byte of the request to the last one of the reply.
    pub time: Duration,
    /// Bytes of a reply's body.
    pub body_bytes: usize,
}

/// Why there is no reply.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HttpFailure {
    /// Nothing of the request has reached the service.
    #[error("{0}")]
    NotSent(String),
    /// It was sent, at least in part: what became of it is not known.
    #[error("{0}")]
    NoReply(String),
}

/// A connection, opened for its first request and kept for the next ones. Where the service has
/// closed it in between, it is opened anew; a request is sent again only where nothing of it was
/// sent.
#[derive(Debug)]
pub struct HttpChannel {
    origin: ServiceOrigin,
    host: HeaderValue,
    limits: HttpLimits,
    open: Option<OpenChannel>,
}

type Conversation = Connection<TokioIo<TcpStream>, OneBody>;

#[derive(Debug)]
struct OpenChannel {
    requests: SendRequest<OneBody>,
    /// Reads and writes while it is polled; nothing else polls it.
    conversation: Pin<Box<Conversation>>,
    /// Whether it has ended. It is not polled again then.
    is_over: bool,
}

impl HttpChannel {
    /// A way to a service, over which nothing is sent yet.
    #[must_use]
    pub fn to(origin: ServiceOrigin, limits: HttpLimits) -> Self {
        let host = HeaderValue::from_str(&origin.host);
        Self {
            host: host.unwrap_or_else(|_| HeaderValue::from_static("localhost")),
            origin,
            limits,
            open: None,
        }
    }

    /// Connects, if it is not connected.
    ///
    /// # Errors
    /// [`HttpFailure::NotSent`].
    pub async fn connect(&mut self) -> Result<(), HttpFailure> {
        let reached = self.reach().await;
        let failed = |why| format!("cannot connect to {}: {why}", self.origin);
        reached.map_err(|why| HttpFailure::NotSent(failed(why)))
    }

    /// As [`HttpChannel::connect`]; the error is why it could not.
    pub(super) async fn reach(&mut self) -> Result<(), String> {
        if let Some(mut open) = self.open.take()
            && open.is_ready().await
        {
            self.open = Some(open);
            return Ok(());
        }
        let within = timeout(self.limits.time, OpenChannel::open(&self.origin)).await;
        let opened = within.unwrap_or_else(|_| {
            let seconds = self.limits.time.as_secs_f64();
            Err(format!("no connection within {seconds} s"))
        });
        self.open = Some(opened?);
        Ok(())
    }

    /// Sends a request and waits for the whole reply.
    ///
    /// # Errors
    /// [`HttpFailure`]. The connection is closed then.
    pub async fn ask(&mut self, asked: &OutgoingRequest) -> Result<ServiceReply, HttpFailure> {
        let mut request = self.request(asked)?;
        let is_kept = self.open.is_some();
        self.connect().await?;
        // A connection that was kept may end at the very moment; a new one is tried once.
        for may_try_again in [is_kept, false] {
            let open = self.open.as_mut().expect("connected above");
            let within = timeout(self.limits.time, open.exchange(request, self.limits)).await;
            let exchanged = within.unwrap_or_else(|_| {
                let seconds = self.limits.time.as_secs_f64();
                Err(Unanswered::Lost(format!("no reply within {seconds} s")))
            });
            match exchanged {
                Ok((reply, true)) => return Ok(reply),
                Ok((reply, false)) => {
                    self.open = None;
                    return Ok(reply);
                }
                Err(Unanswered::Lost(why)) => {
                    self.open = None;
                    return Err(HttpFailure::NoReply(why));
                }
                Err(Unanswered::Kept(unsent, why)) => {
                    self.open = None;
                    if !may_try_again {
                        return Err(HttpFailure::NotSent(why));
                    }
                    request = *unsent;
                    self.connect().await?;
                }
            }
        }
        unreachable!("the second time ends it")
    }

    fn request(&self, asked: &OutgoingRequest) -> Result<Request<OneBody>, HttpFailure> {
        let wrong = |why: String| HttpFailure::NotSent(format!("it cannot be sent: {why}"));
        let mut request = Request::builder()
            .method(asked.method)
            .uri(format!("{}{}", self.origin.base, asked.path))
            .header(HOST, self.host.clone());
        for (name, value) in &asked.headers {
            let name = HeaderName::from_bytes(name.as_bytes());
            let value = HeaderValue::from_str(value);
            request = request.header(
                name.map_err(|error| wrong(error.to_string()))?,
                value.map_err(|error| wrong(error.to_string()))?,
            );
        }
        let request = request.body(OneBody::of(asked.body.clone()));
        request.map_err(|error| wrong(error.to_string()))
    }
}

/// Why an exchange came to no reply.
enum Unanswered {
    /// The request is still here, and nothing of it was sent.
    Kept(Box<Request<OneBody>>, String),
    Lost(String),
}

impl OpenChannel {
    async fn open(origin: &ServiceOrigin) -> Result<Self, String> {
        let told = |error: std::io::Error| error.to_string();
        let stream = TcpStream::connect(origin.address).await.map_err(told)?;
        stream.set_nodelay(true).map_err(told)?;
        let (requests, conversation) = handshake(TokioIo::new(stream))
            .await
            .map_err(|error| in_full(&error))?;
        Ok(Self {
            requests,
            conversation: Box::pin(conversation),
            is_over: false,
        })
    }

    /// Lets the connection do what it can do now.
    fn turn(&mut self, context: &mut Context<'_>) {
        if !self.is_over && self.conversation.as_mut().poll(context).is_ready() {
            self.is_over = true;
        }
    }

    /// Whether it takes a request now: the service may have closed it since the last one.
    async fn is_ready(&mut self) -> bool {
        poll_fn(|context| {
            self.turn(context);
            match self.is_over {
                true => Poll::Ready(false),
                false => self.requests.poll_ready(context).map(|ready| ready.is_ok()),
            }
        })
        .await
    }

    /// The reply, and whether the connection can be used again.
    async fn exchange(
        &mut self,
        request: Request<OneBody>,
        limits: HttpLimits,
    ) -> Result<(ServiceReply, bool), Unanswered> {
        let is_head = request.method() == hyper::Method::HEAD;
        let mut sending = pin!(self.requests.try_send_request(request));
        let (conversation, is_over) = (&mut self.conversation, &mut self.is_over);
        let answered = poll_fn(|context| {
            if let Poll::Ready(answered) = sending.as_mut().poll(context) {
                return Poll::Ready(answered);
            }
            if !*is_over && conversation.as_mut().poll(context).is_ready() {
                *is_over = true;
            }
            sending.as_mut().poll(context)
        })
        .await;
        let response = answered.map_err(|mut error| {
            let unsent = error.take_message();
            let why = in_full(error.error());
            match unsent {
                Some(request) => Unanswered::Kept(Box::new(request), why),
                None => Unanswered::Lost(why),
            }
        })?;
        let status = response.status().as_u16();
        let body = self.body(response, limits.body_bytes).await;
        let body = body.map_err(|why| {
            let what = if is_head { "headers" } else { "body" };
            Unanswered::Lost(format!(
                "answered {status}, and its {what} broke off: {why}"
            ))
        })?;
        Ok((ServiceReply { status, body }, !self.is_over))
    }

    async fn body(
        &mut self,
        response: Response<Incoming>,
        bytes_max: usize,
    ) -> Result<Vec<u8>, String> {
        let mut incoming = pin!(response.into_body());
        let mut body = Vec::new();
        while !incoming.is_end_stream() {
            let frame = poll_fn(|context| {
                if let Poll::Ready(frame) = incoming.as_mut().poll_frame(context) {
                    return Poll::Ready(frame);
                }
                self.turn(context);
                incoming.as_mut().poll_frame(context)
            });
            let Some(frame) = frame.await else { break };
            let frame = frame.map_err(|error| in_full(&error))?;
            if let Some(data) = frame.data_ref() {
                if body.len() + data.len() > bytes_max {
                    return Err(format!("it has more than {bytes_max} bytes"));
                }
                body.extend_from_slice(data);
            }
        }
        Ok(body)
    }
}

/// An error with what caused it.
fn in_full(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let more = error.to_string();
        if !text.ends_with(&more) {
            text = format!("{text}: {more}");
        }
        cause = error.source();
    }
    text
}
